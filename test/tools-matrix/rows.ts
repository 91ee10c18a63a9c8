// The table: one row a tool and a way to use it, in the order of how many users have it.

import { join } from 'node:path';
import { runBunBuild, runBundler, runParcel, runStrictPage, runWorker } from './bundlers.ts';
import {
  runAngular,
  runAstro,
  runMetro,
  runNext,
  runReact18,
  runReactRouter,
  runSvelteKit,
} from './frameworks.ts';
import { folderOf } from './kits.ts';
import { runForbidden, runPlainRunner, runProgram, runVitest, runWorkerd } from './runners.ts';
import { type Place, runBarePage, runJest, runTypeScript, runWebpack } from './steps.ts';

/** One row. */
export interface Row {
  readonly group: 'Runtimes' | 'Test runners' | 'Bundlers' | 'Pages' | 'Types' | 'Frameworks';
  readonly what: string;
  /** The kit that it needs: its folder is the project. */
  readonly kit: string;
  /** The package whose version is shown; `node` for the runtime. */
  readonly tool: string;
  /** A runtime of test/tools/runtimes.mjs, where it is not the Node that runs the campaign. */
  readonly runtime?: string;
  /** Works, but not by itself: what to know, and where it is said. */
  readonly awkward?: readonly [note: string, link: string];
  /** Throws where it does not work. */
  run(place: Place & { readonly runtimes: Readonly<Record<string, string>> }): Promise<void>;
}

/** What cannot be had here, and why: never counted as passed. */
export const NOT_HERE: readonly (readonly [what: string, why: string])[] = [
  [
    'Hermes, iOS, Android',
    'no engine of React Native comes from npm alone: its bundle runs in V8, with a WebSocket of its semantics',
  ],
  ['Firefox, Safari', 'no such browser comes from npm; Chromium is Debian’s'],
  ['a CDN (esm.sh, jsDelivr)', 'nothing outside is reached: the import map of the page names local files'],
];

const RUNTIMES = ['node22', 'node24', 'node26'] as const;
const TYPES_GUIDE = '../guides/tools.md#typescript';
const VITEST: readonly [string, string] = [
  'resolves the build for Node, so stubs of WebSocket need nativeTransport()',
  '../guides/testing.md#vitest-and-a-stubbed-websocket',
];

/** A stub of the platform's WebSocket is reached by \`nativeTransport()\` only. */
const STUBBED = `
test('a stub is reached by nativeTransport()', async () => {
  class Stub extends EventTarget {
    static made = [];
    readyState = 0; bufferedAmount = 0; protocol = ''; extensions = '';
    constructor(url) { super(); Stub.made.push(url); queueMicrotask(() => { this.readyState = 1; this.onopen?.(); }); }
    send(data) { const { id } = JSON.parse(data); queueMicrotask(() => this.onmessage({ data: JSON.stringify({ jsonrpc: '2.0', id, result: 7 }) })); }
    close() { this.readyState = 3; queueMicrotask(() => this.onclose?.({ code: 1000, reason: '', wasClean: true })); }
  }
  vi.stubGlobal('WebSocket', Stub);
  const client = createClient({ url: 'ws://stub/', transport: nativeTransport() });
  expect(await client.request('any')).toBe(7);
  await client.close();
  expect(Stub.made).toEqual(['ws://stub/']);
});`;

const usesServer = ({ servers }: Place): string => `
test('a server', async () => { expect(await use({ connect, createClient }, '${servers.ws}')).toBe('holdline works'); });`;

const page = (what: string, tool: string, run: Row['run']): Row => ({
  group: 'Bundlers',
  what,
  kit: 'bundlers',
  tool,
  run,
});

export const ROWS: readonly Row[] = [
  ...(['esm', 'cjs'] as const).flatMap((kind): Row[] => [
    { group: 'Runtimes', what: kind, kit: 'runners', tool: 'node', run: (place) => runProgram(place, kind) },
    ...RUNTIMES.map(
      (runtime): Row => ({
        group: 'Runtimes',
        what: kind,
        kit: 'runners',
        tool: 'node',
        runtime,
        run: (place) => runProgram(place, kind),
      }),
    ),
    {
      group: 'Runtimes',
      what: `${kind}, without process.getBuiltinModule`,
      kit: 'node-20.0',
      tool: 'node',
      runtime: 'node-20.0',
      run: (place) => runProgram(place, kind),
    },
    {
      group: 'Runtimes',
      what: kind,
      kit: 'runners',
      tool: 'bun',
      runtime: 'bun',
      run: (place) => runProgram(place, kind),
    },
    {
      group: 'Runtimes',
      what: kind,
      kit: 'runners',
      tool: 'deno',
      runtime: 'deno',
      run: (place) => runProgram(place, kind, ['run', '-A', '--no-code-cache']),
    },
  ]),
  {
    group: 'Runtimes',
    what: 'a worker',
    kit: 'workerd',
    tool: '@cloudflare/workerd-linux-64',
    awkward: ['one client a request or Durable Object', '../guides/tools.md#workerd'],
    run: (place) => runWorkerd(place, join(folderOf('bundlers'), 'node_modules')),
  },
  {
    group: 'Runtimes',
    what: '--permission, without --allow-net',
    kit: 'runners',
    tool: 'node',
    runtime: 'node26',
    awkward: ['refused once, and named', '../guides/tools.md#permissions'],
    run: (place) => runForbidden(place, ['--permission', '--allow-fs-read=*']),
  },
  {
    group: 'Runtimes',
    what: 'without --allow-net',
    kit: 'runners',
    tool: 'deno',
    runtime: 'deno',
    awkward: ['refused once, and named', '../guides/tools.md#permissions'],
    run: (place) => runForbidden(place, ['run', '--no-prompt', '--allow-read', '--allow-env']),
  },

  {
    group: 'Test runners',
    what: 'CommonJS, environment node',
    kit: 'jest',
    tool: 'jest',
    run: (place) => runJest(place, 'node'),
  },
  {
    group: 'Test runners',
    what: 'environment jsdom',
    kit: 'jest',
    tool: 'jest-environment-jsdom',
    awkward: ['resolves the build for browsers', '../guides/testing.md#jest'],
    run: (place) => runJest(place, 'jsdom'),
  },
  {
    group: 'Test runners',
    what: 'environment node',
    kit: 'runners',
    tool: 'vitest',
    run: (place) => runVitest(place, 'node', '', usesServer(place)),
  },
  {
    group: 'Test runners',
    what: 'vitest, environment jsdom',
    kit: 'runners',
    tool: 'jsdom',
    awkward: VITEST,
    run: async (place) => {
      await runVitest(place, 'jsdom', "test: { environment: 'jsdom' }", usesServer(place));
      await runVitest(place, 'jsdom-stub', "test: { environment: 'jsdom' }", STUBBED);
    },
  },
  {
    group: 'Test runners',
    what: 'vitest, environment happy-dom',
    kit: 'runners',
    tool: 'happy-dom',
    awkward: VITEST,
    run: async (place) => {
      await runVitest(place, 'happy', "test: { environment: 'happy-dom' }", usesServer(place));
      await runVitest(place, 'happy-stub', "test: { environment: 'happy-dom' }", STUBBED);
    },
  },
  {
    group: 'Test runners',
    what: 'CommonJS',
    kit: 'runners',
    tool: 'mocha',
    run: (place) => runPlainRunner(place, 'mocha'),
  },
  {
    group: 'Test runners',
    what: 'node:test',
    kit: 'runners',
    tool: 'node',
    run: (place) => runPlainRunner(place, 'node:test'),
  },

  page('a page', 'vite8', (place) => runBundler(place, 'vite8')),
  page('a page', 'webpack', (place) => runWebpack(place, 'web')),
  page('for Node', 'webpack', (place) => runWebpack(place, 'node')),
  {
    group: 'Bundlers',
    what: 'webpack’s, for Node 20.0',
    kit: 'node-20.0',
    tool: 'node',
    runtime: 'node-20.0',
    run: ({ node, ...place }) =>
      runWebpack(
        { ...place, folder: folderOf('bundlers'), tools: join(folderOf('bundlers'), 'node_modules'), node },
        'node',
      ),
  },
  page('a page', 'esbuild', (place) => runBundler(place, 'esbuild')),
  page('a page', 'vite7', (place) => runBundler(place, 'vite7')),
  page('a page, without a plugin for CommonJS', 'rollup', (place) => runBundler(place, 'rollup')),
  page('a page', '@rspack/core', (place) => runWebpack(place, 'web', '@rspack/core')),
  page('for Node', '@rspack/core', (place) => runWebpack(place, 'node', '@rspack/core')),
  {
    group: 'Bundlers',
    what: 'a page',
    kit: 'parcel',
    tool: 'parcel',
    awkward: ['switch packageExports on', '../guides/tools.md#parcel'],
    run: runParcel,
  },
  {
    group: 'Bundlers',
    what: 'bun build, a page',
    kit: 'runners',
    tool: 'bun',
    runtime: 'bun',
    run: (place) => runBunBuild(place, place.runtimes.bun as string),
  },
  {
    group: 'Bundlers',
    what: 'React Native: its preset, and its semantics of WebSocket',
    kit: 'metro',
    tool: 'metro',
    runtime: 'node24',
    awkward: ['headers only there', '../guides/tools.md#react-native'],
    run: runMetro,
  },

  {
    group: 'Pages',
    what: '<script type="module"> and an import map, no bundler',
    kit: 'bundlers',
    tool: 'chromium',
    awkward: ['two names more in the map', '../guides/tools.md#a-page-without-a-bundler'],
    run: runBarePage,
  },
  {
    group: 'Pages',
    what: 'a worker',
    kit: 'bundlers',
    tool: 'chromium',
    run: (place) => runWorker(place, 'worker'),
  },
  {
    group: 'Pages',
    what: 'a service worker',
    kit: 'bundlers',
    tool: 'chromium',
    run: (place) => runWorker(place, 'service worker'),
  },
  {
    group: 'Pages',
    what: 'a policy that forbids to make code of text',
    kit: 'bundlers',
    tool: 'chromium',
    run: runStrictPage,
  },

  ...['5.4', '5.9', '6.0', '7'].map(
    (version): Row => ({
      group: 'Types',
      what: 'declarations and mistakes of a user, nodenext, no types named',
      kit: 'typescript',
      tool: `typescript-${version}`,
      awkward: ['wants @types/node under nodenext', TYPES_GUIDE],
      run: (place) => runTypeScript(place, join(place.tools, `typescript-${version}`)),
    }),
  ),

  {
    group: 'Frameworks',
    what: 'App Router: built, served, opened',
    kit: 'next',
    tool: 'next',
    runtime: 'node24',
    run: runNext,
  },
  {
    group: 'Frameworks',
    what: 'built, served, opened',
    kit: 'react-router',
    tool: '@react-router/dev',
    runtime: 'node24',
    run: runReactRouter,
  },
  {
    group: 'Frameworks',
    what: 'built, served, opened',
    kit: 'sveltekit',
    tool: '@sveltejs/kit',
    runtime: 'node24',
    run: runSvelteKit,
  },
  {
    group: 'Frameworks',
    what: 'a static page',
    kit: 'astro',
    tool: 'astro',
    runtime: 'node24',
    run: runAstro,
  },
  {
    group: 'Frameworks',
    what: 'built, opened',
    kit: 'angular',
    tool: '@angular/build',
    runtime: 'node24',
    run: runAngular,
  },
  {
    group: 'Frameworks',
    what: 'rendered on a server, without a warning',
    kit: 'react18',
    tool: 'react',
    run: runReact18,
  },
];
