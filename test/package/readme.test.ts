// What the README and the guides show, run and compiled as a reader would.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { ROOT } from '../architecture/tree.ts';
import { markdownFiles, snippet, typedSnippets } from '../docs/markdown.ts';
import { IN_FULL } from '../tools/campaign.ts';
import { complaints, type Settings } from '../types/compile.ts';
import { install, type Project } from './installed.ts';

let project: Project;
let server: WebSocketServer;
let origin: string;

beforeAll(async () => {
  project = install();
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  origin = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('connection', (socket, request) => {
    socket.on('message', (data, isBinary) => {
      if (request.url === '/echo') return socket.send(data, { binary: isBinary });
      const { id, params } = JSON.parse(String(data)) as { id: number; params: number[] };
      socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'tick', params: { at: 7 } }));
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: params.reduce((sum, term) => sum + term) }));
    });
  });
});

afterAll(() => {
  server?.close();
});

/** Starts Node on a snippet, against the server of this test. */
function start(source: string, extension: 'mjs' | 'cjs', flags: readonly string[] = []): ChildProcess {
  const file = join(project.folder, `snippet-${Math.random().toString(36).slice(2)}.${extension}`);
  writeFileSync(file, source.replaceAll('wss://example.com', origin));
  return spawn(process.execPath, [...flags, file], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Everything that it prints until `until` appears, or until it ends. */
async function output(child: ChildProcess, until?: string): Promise<string> {
  let printed = '';
  child.stderr?.on('data', (chunk) => {
    printed += chunk;
  });
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    printed += chunk;
    if (until !== undefined && printed.includes(until)) break;
  }
  return printed;
}

describe('the snippets of the README, run', () => {
  test('Node, ES module: prints the echo and ends by itself', async () => {
    const child = start(snippet('README.md', 'node.mjs'), 'mjs');
    const ended = once(child, 'close');
    expect(await output(child)).toBe('Hello, World\n');
    expect((await ended)[0]).toBe(0);
  });

  test('Node, CommonJS: prints the echo and ends by itself', async () => {
    const child = start(snippet('README.md', 'node.cjs'), 'cjs');
    const ended = once(child, 'close');
    expect(await output(child)).toBe('Hello from CommonJS\n');
    expect((await ended)[0]).toBe(0);
  });

  test('browser build, over a WebSocket of the platform: states, event and sum', async () => {
    const { code } = transformSync(snippet('README.md', 'browser'), { loader: 'ts', format: 'esm' });
    const flags = ['--conditions=browser', '--no-warnings'];
    if (Number(process.versions.node.split('.')[0]) < 22) flags.push('--experimental-websocket');
    const child = start(code, 'mjs', flags);
    expect(await output(child, '\n3\n')).toBe('connecting\nready\nthe server says { at: 7 }\n3\n');
    child.kill();
    await once(child, 'close');
  });
});

describe('the snippets of the guides, run', () => {
  test('testing: a whole story on a virtual clock', async () => {
    const { code } = transformSync(snippet('docs/guides/testing.md', 'testing'), {
      loader: 'ts',
      format: 'esm',
    });
    const child = start(code, 'mjs');
    expect(await output(child)).toBe('pong\nwaiting\n2\n');
  });

  test('testing: chaos in a unit test', async () => {
    const { code } = transformSync(snippet('docs/guides/testing.md', 'chaos'), {
      loader: 'ts',
      format: 'esm',
    });
    expect(await output(start(code, 'mjs'))).toBe('true\n');
  });
});

const RESOLUTIONS = ['nodenext', 'node16', 'bundler'] as const;

/** What a program may have of the platform's types. */
const PLATFORMS: readonly Pick<Settings, 'lib' | 'types'>[] = [
  { lib: ['es2023', 'esnext.disposable'], types: ['node'] },
  { lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'], types: ['node'] },
  { lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'], types: [] },
];

/** An example that is for Node says so in its name: it may import what Node has. All others do in a page too. */
const isForNode = (name: string): boolean => name.endsWith('node');

/** An example that takes something of a page: without the DOM library nobody could write it. */
const isForPage = (text: string): boolean =>
  /\b(localStorage|navigator|location|HTML\w*Element)\b/.test(text);

/**
 * Every project that an example must compile in. Each resolution and each platform is in one of them at least; the long
 * campaign takes all pairs.
 */
const PROJECTS: readonly { readonly title: string; readonly settings: Settings }[] = [
  ...RESOLUTIONS.flatMap((resolution, at) =>
    (IN_FULL ? PLATFORMS : PLATFORMS.slice(at, at + 1)).map((platform) => ({
      title: [resolution, ...platform.types, ...platform.lib.filter((name) => name === 'dom')].join(', '),
      settings: { ...platform, resolution },
    })),
  ),
  {
    title: 'bundler, dom, under the browser condition',
    settings: { ...(PLATFORMS[2] as Settings), resolution: 'bundler', conditions: ['browser'] },
  },
];

const mayRun = (name: string, text: string, { types, lib, conditions }: Settings): boolean =>
  isForNode(name)
    ? types.includes('node') && conditions === undefined
    : lib.includes('dom') || !isForPage(text);

describe('the snippets, compiled against the built declarations', () => {
  const folder = join('test', 'package', `.snippets-${process.pid}`);
  // All at once for each kind of project: a program of its own for each snippet takes two seconds.
  const found: string[] = [];
  beforeAll(() => {
    mkdirSync(join(ROOT, folder), { recursive: true });
    for (const [path, name, , file] of snippets) {
      writeFileSync(join(ROOT, folder, file), `${snippet(path, name)}\nexport {};\n`);
    }
    // What examples of components import; and what Vite's own types say of hot reload.
    writeFileSync(join(ROOT, folder, 'chat.ts'), snippet('docs/guides/react.md', 'react-client'));
    const hot = 'interface ImportMeta { readonly hot?: { accept(callback: () => void): void } }\n';
    writeFileSync(join(ROOT, folder, 'hot.d.ts'), hot);
    for (const { title, settings } of PROJECTS) {
      const files = snippets
        .filter(([path, name]) => mayRun(name, snippet(path, name), settings))
        .map(([, , , file]) => join(folder, file))
        .concat(join(folder, 'hot.d.ts'));
      found.push(...complaints(files, settings).map((complaint) => `${complaint} (${title})`));
    }
  });
  afterAll(() => rmSync(join(ROOT, folder), { recursive: true, force: true }));

  const snippets = markdownFiles()
    .flatMap((path) => typedSnippets(path).map(([name, extension]) => [path, name, extension] as const))
    // Other examples import a recipe by its name.
    .map(([path, name, extension], at) => {
      const file = name.startsWith('recipe-') ? name.slice('recipe-'.length) : `${at}-${name}`;
      return [path, name, extension, `${file}.${extension}`] as const;
    });

  test.each(snippets)('%s: %s', (_path, _name, _extension, file) => {
    expect(found.filter((complaint) => complaint.startsWith(`${folder}/${file}:`))).toEqual([]);
  });

  test('the declarations that they need', () => {
    expect(found.filter((complaint) => !complaint.startsWith(folder))).toEqual([]);
  });
});
