// The export condition `production`: a bundle for browsers has neither the texts of errors nor the checks of options.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { install, type Project } from './installed.ts';

const PAGE = `
import { connect } from 'holdline';
globalThis.told = (async () => connect('wss://example.com'))().then(() => 'open', (error) => ({ ...error, message: error.message }));
globalThis.refused = (async () => connect('wss://example.com', { closeTimeout: 'long' }))().then(() => 'open', (error) => error.code);
`;
const TEXT = 'This platform has no WebSocket. Pass one, or in Node use tcpTransport.';
const CODE = 'UNSUPPORTED (no-websocket). See docs/reference/errors.md#unsupported of holdline.';

let project: Project;
beforeAll(() => {
  project = install();
});

/** The page in a realm that has what a browser has, but no WebSocket. */
async function run(code: string): Promise<{ told: unknown; refused: unknown }> {
  const globals = {
    URL,
    setTimeout,
    clearTimeout,
    performance,
    crypto,
    queueMicrotask,
    TextEncoder,
    TextDecoder,
  };
  const page: { told?: unknown; refused?: unknown; [name: string]: unknown } = {
    ...globals,
    AbortController,
    AbortSignal,
    EventTarget,
  };
  runInNewContext(code, page);
  return { told: await page.told, refused: await page.refused };
}

async function withEsbuild(conditions: string[], format: 'esm' | 'cjs'): Promise<string> {
  const contents =
    format === 'esm' ? PAGE : PAGE.replace(/import (.*) from (.*);/, 'const $1 = require($2);');
  const result = await build({
    stdin: { contents, resolveDir: project.folder },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions,
    logLevel: 'silent',
  });
  return result.outputFiles![0]!.text;
}

async function withVite(): Promise<string> {
  // As `vite build` has it; here it is "test".
  vi.stubEnv('NODE_ENV', 'production');
  const { build } = await import('vite');
  const entry = join(project.folder, 'page.js');
  writeFileSync(entry, PAGE);
  const result = await build({
    root: project.folder,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, rollupOptions: { input: entry, output: { format: 'iife' } } },
  });
  vi.unstubAllEnvs();
  const [first] = [result].flat() as { output: { code?: string }[] }[];
  return first?.output[0]?.code ?? '';
}

describe('a page', () => {
  test.each(['esm', 'cjs'] as const)(
    'of esbuild from %s says what happened and what to do',
    async (format) => {
      const { told, refused } = await run(await withEsbuild([], format));
      expect(told).toMatchObject({ name: 'UsageError', code: 'UNSUPPORTED', message: TEXT });
      expect(refused).toBe('INVALID_OPTION');
    },
  );

  test.each(['esm', 'cjs'] as const)('for production from %s says code and evidence', async (format) => {
    const code = await withEsbuild(['production'], format);
    const { told } = await run(code);
    expect(told).toMatchObject({ name: 'UsageError', code: 'UNSUPPORTED', message: CODE });
    expect(code).not.toContain('Raise');
  });

  test('for production does without the checks of options', async () => {
    const { refused } = await run(await withEsbuild(['production'], 'esm'));
    expect(refused).toBe('UNSUPPORTED');
  });

  test('of Vite is for production by itself', async () => {
    const { told, refused } = await run(await withVite());
    expect(told).toMatchObject({ code: 'UNSUPPORTED', message: CODE });
    expect(refused).toBe('UNSUPPORTED');
  });
});

describe('Node', () => {
  const ask = "new UsageError('INVALID_OPTION', { option: 'a', expected: 'b' }).message";

  test.each([[[]], [['--conditions=production']], [['--conditions=browser']]])(
    'has the texts, whatever its conditions: %j',
    (flags) => {
      const imported = project.node(
        `import { UsageError } from 'holdline'; console.log(${ask})`,
        'module',
        flags,
      );
      const required = project.node(
        `const { UsageError } = require('holdline'); console.log(${ask})`,
        'commonjs',
        flags,
      );
      expect([imported.trim(), required.trim()]).toEqual(Array(2).fill('The option a must be b.'));
    },
  );

  test('has one class of errors for all entries', () => {
    const source =
      "import { HoldlineError } from 'holdline'; import * as protocol from 'holdline/protocol';" +
      'console.log(protocol.HoldlineError === undefined || protocol.HoldlineError === HoldlineError)';
    expect(project.node(source, 'module').trim()).toBe('true');
  });
});
