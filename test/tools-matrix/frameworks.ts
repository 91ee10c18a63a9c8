// Frameworks: a small application of each is built; where it has a server, that runs, and a page of it is opened.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { command } from './kits.ts';
import { openAddress, openPage } from './page.ts';
import { pageProgram, USE, WORKS } from './programs.ts';
import type { Servers } from './server.ts';
import { expectTold, expectWorks, type Place, write } from './steps.ts';

/** A component that tells when the connection is ready; a server renders it as `idle`. */
const component = ({ ws }: Servers, end: string): string => `
import { useEffect } from 'react';
import { createClient } from 'holdline';
import { createHooks } from 'holdline/react';
const { HoldlineProvider, useConnection } = createHooks({ create: () => createClient({ url: '${ws}' }) });
function Status() {
  const status = useConnection((state) => state.status);
  useEffect(() => { if (status === 'ready') globalThis.told = '${WORKS}'; }, [status]);
  return <p>{status}</p>;
}
${end} <HoldlineProvider><Status /></HoldlineProvider>; }
`;

/** A route of a server that uses holdline itself. */
const route = ({ ws }: Servers, head: string): string => `
import { connect, createClient } from 'holdline';
${USE}
${head} return new Response(await use({ connect, createClient }, '${ws}')); }
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the server of an application, asks it for its page and its route, opens the page, ends it. */
async function serve(
  { folder, node = process.execPath }: Place,
  args: (port: string) => readonly string[],
): Promise<void> {
  const port = String(await freePort());
  const env = {
    ...process.env,
    PORT: port,
    HOST: '127.0.0.1',
    HOSTNAME: '127.0.0.1',
    NODE_ENV: 'production',
  };
  const child = spawn(node, args(port), {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  try {
    const address = `http://127.0.0.1:${port}/`;
    let api = '';
    for (let tries = 0; api === '' && tries < 100; tries++) {
      api = await fetch(`${address}api`).then(
        (answer) => answer.text(),
        () => '',
      );
      if (api === '') await new Promise((resolve) => setTimeout(resolve, 300));
    }
    if (api !== WORKS) throw new Error(`its route said: ${api.slice(0, 500)}\n${output.slice(-3000)}`);
    const page = await (await fetch(address)).text();
    if (!/<p[^>]*>(<!--.*?-->)?idle/.test(page))
      throw new Error(`its page is rendered as ${page.slice(0, 2000)}`);
    expectTold(await openAddress(address));
  } finally {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Next: the App Router, built and served. */
export async function runNext(place: Place): Promise<void> {
  const { folder, tools, servers, node = process.execPath } = place;
  write(folder, {
    'app/layout.jsx': 'export default ({ children }) => <html><body>{children}</body></html>;',
    'app/page.jsx': `'use client';${component(servers, 'export default function Page() { return')}`,
    'app/api/route.js': `export const dynamic = 'force-dynamic';${route(servers, 'export async function GET() {')}`,
    'next.config.mjs': 'export default { turbopack: { root: import.meta.dirname } };',
  });
  const next = join(tools, 'next/dist/bin/next');
  expectWorks(await command(node, [next, 'build'], folder, { NEXT_TELEMETRY_DISABLED: '1' }), '');
  await serve(place, (port) => [next, 'start', '-p', port]);
}

/** React Router as a framework. */
export async function runReactRouter(place: Place): Promise<void> {
  const { folder, tools, servers, node = process.execPath } = place;
  write(folder, {
    'app/root.jsx': `
import { Links, Meta, Outlet, Scripts } from 'react-router';
export default function Root() {
  return <html><head><Meta /><Links /></head><body><Outlet /><Scripts /></body></html>;
}`,
    'app/routes.js':
      "import { index, route } from '@react-router/dev/routes';\nexport default [index('home.jsx'), route('api', 'api.js')];",
    'app/home.jsx': component(servers, 'export default function Home() { return'),
    'app/api.js': route(servers, 'export async function loader() {'),
    'vite.config.js':
      "import { reactRouter } from '@react-router/dev/vite';\nexport default { plugins: [reactRouter()] };",
  });
  expectWorks(await command(node, [join(tools, '@react-router/dev/bin.js'), 'build'], folder), '');
  await serve(place, () => [join(tools, '@react-router/serve/bin.js'), 'build/server/index.js']);
}

/** SvelteKit, with its adapter for Node. */
export async function runSvelteKit(place: Place): Promise<void> {
  const { folder, tools, servers, node = process.execPath } = place;
  write(folder, {
    'src/app.html': '<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
    'src/routes/+page.svelte': `<script>
  import { onMount } from 'svelte';
  import { createClient } from 'holdline';
  let status = 'idle';
  onMount(() => {
    const client = createClient({ url: '${servers.ws}' });
    client.on('state', ({ current }) => {
      status = current.status;
      if (status === 'ready') globalThis.told = '${WORKS}';
    });
    client.connect();
    return () => client.close();
  });
</script>
<p>{status}</p>`,
    'src/routes/api/+server.js': route(servers, 'export async function GET() {'),
    'svelte.config.js':
      "import adapter from '@sveltejs/adapter-node';\nexport default { kit: { adapter: adapter() } };",
    'vite.config.js':
      "import { sveltekit } from '@sveltejs/kit/vite';\nexport default { plugins: [sveltekit()] };",
    'package.json': JSON.stringify({ name: 'kit-sveltekit', private: true, type: 'module' }),
  });
  expectWorks(await command(node, [join(tools, 'vite/bin/vite.js'), 'build'], folder), '');
  await serve(place, () => ['build']);
}

/** Astro: a static page with a script. */
export async function runAstro({ folder, tools, servers, node = process.execPath }: Place): Promise<void> {
  write(folder, {
    'src/pages/index.astro': `<html><body><script>${pageProgram(servers)}</script></body></html>`,
    'astro.config.mjs': 'export default {};',
  });
  const bin = join(tools, 'astro/bin/astro.mjs');
  expectWorks(await command(node, [bin, 'build'], folder, { ASTRO_TELEMETRY_DISABLED: '1' }), '');
  expectTold(await openPage(join(folder, 'dist')));
}

/** Angular's own builder. */
export async function runAngular({ folder, tools, servers, node = process.execPath }: Place): Promise<void> {
  write(folder, {
    'angular.json': JSON.stringify({
      version: 1,
      cli: { analytics: false },
      projects: {
        app: {
          projectType: 'application',
          root: '',
          sourceRoot: 'src',
          architect: {
            build: {
              builder: '@angular/build:application',
              options: {
                browser: 'src/main.ts',
                index: 'src/index.html',
                tsConfig: 'tsconfig.json',
                outputPath: 'dist',
              },
            },
          },
        },
      },
    }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        ...{
          target: 'es2022',
          module: 'preserve',
          moduleResolution: 'bundler',
          strict: true,
          skipLibCheck: true,
        },
        ...{ lib: ['es2022', 'dom'], types: [] },
      },
      files: ['src/main.ts'],
    }),
    'src/index.html':
      '<!doctype html><html><head><base href="/" /></head><body><app-root></app-root></body></html>',
    'src/main.ts': `
import { Component, provideZonelessChangeDetection, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { createClient } from 'holdline';
@Component({ selector: 'app-root', template: '<p>{{ status() }}</p>' })
class App {
  readonly status = signal('idle');
  constructor() {
    const client = createClient({ url: '${servers.ws}' });
    client.on('state', ({ current }) => {
      this.status.set(current.status);
      if (current.status === 'ready') (globalThis as { told?: string }).told = '${WORKS}';
    });
    client.connect();
  }
}
void bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
`,
  });
  const env = { NG_CLI_ANALYTICS: 'false' };
  expectWorks(await command(node, [join(tools, '@angular/cli/bin/ng.js'), 'build'], folder, env), '');
  expectTold(await openPage(join(folder, 'dist/browser')));
}

/** React 18 on a server: the page is rendered twice, and nothing is said of effects. */
export async function runReact18({ folder, node = process.execPath }: Place): Promise<void> {
  write(folder, {
    'render.mjs': `
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { createClient } from 'holdline';
import { createHooks } from 'holdline/react';
const said = [];
console.error = (...words) => said.push(words.join(' '));
const { HoldlineProvider, useConnection, useEvent } = createHooks({ create: () => createClient({ url: 'ws://127.0.0.1:9' }) });
const Status = () => { useEvent('tick', () => {}); return useConnection((state) => state.status); };
const html = [1, 2].map(() => renderToString(createElement(HoldlineProvider, null, createElement(Status))));
if (html.join() !== 'idle,idle' || said.length > 0) throw new Error(html + ' ' + said);
console.log('${WORKS}');`,
  });
  expectWorks(await command(node, ['render.mjs'], folder));
}

/** Metro with the preset of React Native, and a WebSocket of its semantics beneath. Hermes itself cannot be had here. */
export async function runMetro({ folder, tools, servers, node = process.execPath }: Place): Promise<void> {
  write(folder, {
    'index.js': `
import { bearer, connect, createClient } from 'holdline';
import { tcpTransport } from 'holdline/node';
${USE}
(async () => {
  let refused;
  try { tcpTransport(); } catch ({ code }) { refused = code; }
  if (refused !== 'UNSUPPORTED') throw new Error('holdline/node is not refused');
  const client = createClient({ url: '${servers.ws}', auth: bearer({ token: () => 'a-token' }) });
  if ((await client.request('sum', [1, 2])) !== 3) throw new Error('no sum');
  await client.close();
  return use({ connect, createClient }, '${servers.ws}');
})().then(globalThis.tell, (error) => globalThis.tell(String(error.stack)));`,
    'babel.config.js': `module.exports = { presets: ['module:@react-native/babel-preset'] };`,
    'build.cjs': `
const Metro = require('metro');
(async () => {
  const config = await Metro.loadConfig({ cwd: __dirname }, {
    projectRoot: __dirname, watchFolders: [__dirname], resetCache: true,
    resolver: { unstable_conditionNames: ['react-native'], useWatchman: false, blockList: [/installed\\.json$/] },
    reporter: { update() {} },
  });
  await Metro.runBuild(config, { entry: 'index.js', out: __dirname + '/out.js', platform: 'android', minify: true, dev: false });
})().catch((error) => { console.error(error); process.exitCode = 1; });`,
    'run.cjs': `
const vm = require('node:vm');
const { readFileSync } = require('node:fs');
const { WebSocket: Wire } = require(${JSON.stringify(join(tools, 'ws'))});
let authorization = 0;
class WebSocket {
  readyState = 0; protocol = ''; binaryType = 'blob'; bufferedAmount = undefined;
  constructor(url, protocols, options = {}) {
    if (options.headers?.Authorization) authorization++;
    const wire = (this.wire = new Wire(url, protocols, { headers: options.headers }));
    wire.on('open', () => { this.readyState = 1; this.onopen?.({}); });
    wire.on('message', (data, binary) => this.onmessage?.({ data: binary ? Uint8Array.from(data).buffer : String(data) }));
    wire.on('error', () => { this.readyState = 3; this.onerror?.({}); });
    wire.on('close', (code, reason) => { this.readyState = 3; this.onclose?.({ code, reason: String(reason), wasClean: false }); });
  }
  send(data) { this.wire.send(data); }
  close(code = 1000, reason = '') { if (this.readyState < 2) { this.readyState = 2; this.wire.close(code, reason); } }
}
const { setTimeout, clearTimeout, queueMicrotask, performance, console, URL, AbortController } = globalThis;
const scope = { WebSocket, navigator: { product: 'ReactNative' }, setTimeout, clearTimeout, queueMicrotask, performance, console, URL, AbortController,
  tell(said) { console.log(said, authorization === 1 ? '' : 'without the header'); process.exit(authorization === 1 ? 0 : 1); } };
// As React Native has it: the window is the global object, and nothing can be listened to on it.
scope.window = scope.global = scope.globalThis = vm.createContext(scope);
vm.runInContext(readFileSync(__dirname + '/out.js', 'utf8'), scope);`,
  });
  expectWorks(await command(node, ['build.cjs'], folder), '');
  expectWorks(await command(node, ['run.cjs'], folder));
}
