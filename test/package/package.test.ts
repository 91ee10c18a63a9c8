// The tarball, installed: every entry loads both ways, browsers get no Node, nothing is left running.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { listFiles, ROOT } from '../architecture/tree.ts';
import { install, manifest, type Project, specifiers } from './installed.ts';

let project: Project;
beforeAll(() => {
  project = install();
});

const importNames = (specifier: string): string =>
  `console.log(JSON.stringify(Object.keys(await import('${specifier}')).sort()))`;
const requireNames = (specifier: string): string =>
  `console.log(JSON.stringify(Object.keys(require('${specifier}')).sort()))`;

describe('the tarball', () => {
  test('holds dist/ and the papers, nothing else', () => {
    const others = project.packed.files.filter((path) => !path.startsWith('dist/'));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
  });

  test('is small: on the way, and installed', () => {
    // What is measured, rounded up. Only a feature may raise it: the last was names for the types in public signatures, and
    // what stands for holdline/node in browsers (7 kB packed, 35 kB installed), and holdline/polling (30 kB, 110 kB); then login by
    // challenge, renewal, sharing, MessagePack, AsyncAPI, cookies and rates (40 kB, 130 kB); then records: the trace, replay,
    // contracts from sessions, channels and OpenTelemetry (51 kB packed). The goal for the first is 350 kB.
    expect(project.packed.size / 1000).toBeLessThanOrEqual(811);
    expect(project.packed.unpackedSize / 1_000_000).toBeLessThanOrEqual(2.96);
  });

  test('names the code of others in it, with its licence and its version (attack 45)', () => {
    const read = (name: string): string =>
      readFileSync(join(project.folder, 'node_modules/holdline/dist', name), 'utf8');
    const bundled = JSON.parse(readFileSync(join(ROOT, 'node_modules/eventemitter3/package.json'), 'utf8'));
    expect(JSON.parse(read('bundled.cdx.json'))).toMatchObject({
      bomFormat: 'CycloneDX',
      components: [
        { name: 'eventemitter3', version: bundled.version, licenses: [{ license: { id: 'MIT' } }] },
      ],
    });
    expect(read('NOTICES.txt')).toContain(
      readFileSync(join(ROOT, 'node_modules/eventemitter3/LICENSE'), 'utf8'),
    );
  });

  test('has maps of its ES modules, without the sources, that name the line', () => {
    const maps = project.packed.files.filter((path) => path.endsWith('.map'));
    expect(maps.map((path) => path.replace(/\.map$/, '')).sort()).toEqual(
      // A file in place of another (no texts, no checks) has none: tsup.config.ts.
      project.packed.files
        .filter((path) => /^dist\/(?!.*\.(?:production|browser)\.js).*\.js$/.test(path))
        .sort(),
    );
    for (const path of maps) expect(readFileSync(join(ROOT, path), 'utf8')).not.toContain('sourcesContent');
    const thrown = project.node(
      "import('holdline').then(({ connect }) => connect('http://')).catch(({ stack }) => console.log(stack))",
      'commonjs',
      ['--enable-source-maps'],
    );
    expect(thrown).toMatch(/src\/(client|base|protocol|transport)\/[\w./-]+\.ts:\d+/);
  });

  test('has one copy of the error classes for all entries, in either module system', () => {
    const same = "a.UsageError === b.UsageError && a.ProtocolError === b.ProtocolError && 'UsageError' in a";
    const imported = `const [a, b] = [await import('holdline'), await import('holdline/protocol')];`;
    const required = `const [a, b] = [require('holdline'), require('holdline/protocol')];`;
    expect(project.node(`${imported} console.log(${same})`, 'module').trim()).toBe('true');
    expect(project.node(`${required} console.log(${same})`, 'commonjs').trim()).toBe('true');
  });

  test('an error of its CommonJS files is one of the classes of its ES modules, and the other way round', () => {
    const told = project.node(
      `import { createRequire } from 'node:module';
      import { HoldlineError, ProtocolError, UsageError, connect } from 'holdline';
      const required = createRequire(process.cwd() + '/any.js')('holdline');
      const of = async (copy) => [await copy.connect('ws://127.0.0.1:1').catch((error) => error), (() => {
        try { copy.createClient({}); } catch (error) { return error; } })()];
      const [refused, wrong] = await of(required);
      const [ours] = await of({ connect, createClient() {} });
      console.log([refused instanceof HoldlineError, refused instanceof ProtocolError, wrong instanceof UsageError,
        ours instanceof required.HandshakeError, refused.constructor === ours.constructor].join());`,
      'module',
    );
    expect(told.trim()).toBe('true,false,true,true,false');
  });

  test('holds every file that package.json names', () => {
    const named = [...JSON.stringify(manifest).matchAll(/"(?:\.\/)?(dist\/[^"]+)"/g)].map(
      (match) => match[1]!,
    );
    expect(named.length).toBeGreaterThan(10);
    for (const path of named) expect(project.packed.files).toContain(path);
  });

  test('has an entry for every file directly in src/, and no other', () => {
    const sources = listFiles('src').filter((path) => path.split('/').length === 2);
    const built = project.packed.files.filter(
      (path) => /^dist\/[\w.]+\.js$/.test(path) && !path.includes('chunk-'),
    );
    const stem = (path: string): string => path.replace(/^(src|dist)\//, '').replace(/\.[jt]s$/, '');
    expect(built.map(stem).sort()).toEqual(sources.map(stem).sort());
  });
});

describe.each(specifiers)('%s', (specifier) => {
  test('can be imported and required, with the same names, and lets Node end', () => {
    const imported = JSON.parse(project.node(importNames(specifier), 'module')) as string[];
    const required = JSON.parse(project.node(requireNames(specifier), 'commonjs')) as string[];
    expect(imported).not.toContain('default');
    expect(imported.length).toBeGreaterThan(0);
    expect(required).toEqual(imported);
  });
});

describe('the same import', () => {
  test('gives the same names to browsers and to Node', () => {
    const node = project.node(importNames('holdline'), 'module');
    for (const condition of ['browser', 'workerd', 'edge-light', 'react-native']) {
      const other = project.node(importNames('holdline'), 'module', [`--conditions=${condition}`]);
      expect([condition, other]).toEqual([condition, node]);
    }
  });

  test.each([
    ['node', [], 'index.node.js'],
    ['bun', ['--conditions=bun'], 'index.node.js'],
    ['deno', ['--conditions=deno'], 'index.node.js'],
    ['browser', ['--conditions=browser'], 'index.js'],
    ['workerd', ['--conditions=workerd'], 'index.js'],
    ['edge-light', ['--conditions=edge-light'], 'index.js'],
    ['react-native', ['--conditions=react-native'], 'index.js'],
  ])('is the right build under the condition %s', (_, flags, file) => {
    const url = project.node("console.log(import.meta.resolve('holdline'))", 'module', flags);
    expect(url.trim()).toMatch(new RegExp(`/dist/${file.replaceAll('.', '\\.')}$`));
  });

  test('of holdline/node is refused where there is no Node', () => {
    const stderr = project.nodeFails(
      "const { tcpTransport } = await import('holdline/node'); tcpTransport();",
      'module',
      ['--conditions=browser'],
    );
    expect(stderr).toMatch(/UNSUPPORTED[\s\S]*node-only|holdline\/node needs Node, Bun or Deno/);
  });
});

describe('a bundle', () => {
  const bundle = async (contents: string, options: BuildOptions): Promise<string> => {
    const result = await build({
      stdin: { contents, resolveDir: project.folder },
      bundle: true,
      write: false,
      format: 'esm',
      logLevel: 'silent',
      ...options,
    });
    return result.outputFiles![0]!.text;
  };
  // Without the table of texts, which names every error.
  const PAGE: BuildOptions = { platform: 'browser', minify: true, conditions: ['production'] };
  const everything = "import * as holdline from 'holdline'; globalThis.holdline = holdline;";

  test.each([
    ['browsers', { platform: 'browser' }],
    ['React Native', { platform: 'neutral', conditions: ['react-native'], mainFields: ['main'] }],
    ['workerd', { platform: 'neutral', conditions: ['workerd'], mainFields: ['module', 'main'] }],
    ['no platform in particular', { platform: 'neutral', mainFields: ['module', 'main'] }],
  ] as [string, BuildOptions][])('for %s holds no Node', async (_, options) => {
    const text = await bundle(everything, options);
    expect(text).not.toMatch(/["'`]node:/);
    expect(text).not.toMatch(/\bBuffer\.|\bprocess\./);
    expect(text).not.toMatch(/(?:from|require\()\s*["'](?:net|tls|http|https|crypto|zlib|stream|events)["']/);
  });

  test('for Node keeps the prefix of node:', async () => {
    const text = await bundle(everything, { platform: 'node' });
    expect(text).toMatch(/["']node:net["']/);
    expect(text).not.toMatch(/(?:from|import\(|require\()\s*["'](?:net|tls)["']/);
  });

  test('of nothing is empty: importing has no side effects', async () => {
    const text = await bundle("import 'holdline';", { platform: 'browser' });
    expect(text.trim()).toBe('');
  });

  test.each([
    ['storageOutbox', 'storageOutbox(localStorage, { key: "k", locks: undefined })', 'ifAvailable'],
    ['persistentOutbox', 'persistentOutbox({})', 'STORAGE_FAILED'],
    ['awaitReply', 'awaitReply()', '"pacing"'],
  ])('carries %s for those alone who use it', async (name, use, mark) => {
    const without = "import { createClient } from 'holdline'; createClient({ url: 'ws://a' });";
    const mine = `import { ${name} } from 'holdline'; console.log(${use});`;
    // A word of its error texts, or of what it asks of the platform: neither is renamed by a minifier.
    const marks = await Promise.all(
      [without, mine].map(async (source) => {
        const text = await bundle(source, PAGE);
        return text.includes(mark);
      }),
    );
    expect(marks).toEqual([false, true]);
  });

  test.each([
    [
      'a slim client',
      "createSlimClient({ url: 'ws://a' })",
      ['jsonrpc', 'REQUEST_TIMEOUT', 'SUBSCRIPTION_OVERFLOW', 'HANDOVER_FAILED'],
    ],
    [
      'a short connection',
      "connect('ws://a')",
      ['_eventsCount', 'authenticating', 'visibilitychange', 'OUTBOX_FULL'],
    ],
    [
      'an authenticator',
      "bearer('t')",
      ['_eventsCount', 'authenticating', 'visibilitychange', 'OUTBOX_FULL'],
    ],
  ])('of %s carries nothing that it has no use for', async (_, use, others) => {
    const name = use.split('(')[0];
    const text = await bundle(`import { ${name} } from 'holdline'; console.log(${use});`, PAGE);
    const whole = await bundle(everything, PAGE);
    // The names of protocols and errors, and those of other packages' fields, are not renamed by a minifier.
    expect(others.filter((mark) => text.includes(mark))).toEqual([]);
    expect(others.filter((mark) => !whole.includes(mark))).toEqual([]);
  });

  test.each(['react.js', 'react.cjs'])('%s says first that it is for the client', (file) => {
    expect(readFileSync(join(ROOT, 'dist', file), 'utf8')).toMatch(/^['"]use client['"];/);
  });
});

if (manifest.bin) {
  test('the command starts', () => {
    const path = join(project.folder, 'node_modules/.bin/holdline');
    expect(statSync(path).mode & 0o111).not.toBe(0);
    expect(execFileSync(path, ['--help'], { encoding: 'utf8' })).toMatch(/holdline/);
  });
}
