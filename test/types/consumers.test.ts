// The declarations in dist/ as users meet them: programs without the DOM, without @types/node, in every module system.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { listFiles, ROOT } from '../architecture/tree.ts';
import { complaints, program, type Settings } from './compile.ts';

const DOM = ['es2022', 'dom', 'dom.iterable'];
const NODE = ['es2023'];
const consumer = (name: string): string => `test/types/consumers/${name}`;

const CONSUMERS: readonly (Settings & { readonly name: string; readonly file: string })[] = [
  { name: 'a page, bundled', file: 'browser.ts', lib: DOM, types: [], resolution: 'bundler' },
  {
    name: 'a page, bundled under the browser condition',
    file: 'browser.ts',
    lib: DOM,
    types: [],
    resolution: 'bundler',
    conditions: ['browser'],
  },
  { name: 'an ES module for Node', file: 'node.ts', lib: NODE, types: ['node'], resolution: 'node16' },
  {
    name: 'an ES module for Node, bundled',
    file: 'node.ts',
    lib: NODE,
    types: ['node'],
    resolution: 'bundler',
    conditions: ['node'],
  },
  {
    name: 'a CommonJS module for Node',
    file: 'node-commonjs.cts',
    lib: NODE,
    types: ['node'],
    resolution: 'node16',
  },
  { name: 'the protocol alone, in a page', file: 'protocol.ts', lib: DOM, types: [], resolution: 'bundler' },
  {
    name: 'the protocol alone, in Node',
    file: 'protocol.ts',
    lib: NODE,
    types: ['node'],
    resolution: 'node16',
  },
  { name: 'React, bundled', file: 'react.tsx', lib: DOM, types: [], resolution: 'bundler' },
  {
    name: 'React in Node, and the declarations of React and Node',
    file: 'react.tsx',
    lib: DOM,
    types: ['node'],
    resolution: 'node16',
    others: true,
  },
];

beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist/index.d.ts')))
    throw new Error('dist/ is missing: run `npm run build` first.');
});

describe('programs compile against dist/', () => {
  test.each(CONSUMERS)('$name', ({ file, ...settings }) => {
    expect(complaints([consumer(file)], settings)).toEqual([]);
  });

  test('every entry is found where packages have no exports (moduleResolution: node)', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
    const names = Object.keys(exports).filter((name) => name !== './package.json');
    const lines = names.map((name, at) => `import * as entry${at} from 'holdline${name.slice(1)}';`);
    // A package does not find itself there: it is asked for where an installed one would lie.
    const folder = mkdtempSync(join(ROOT, 'test/types/.node10-'));
    try {
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(ROOT, join(folder, 'node_modules/holdline'), 'dir');
      writeFileSync(join(folder, 'entries.ts'), [...lines, 'export {};'].join('\n'));
      const entries = relative(ROOT, join(folder, 'entries.ts'));
      expect(complaints([entries], { lib: DOM, types: ['node'], resolution: 'node10' })).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a program that misuses the API does not', () => {
    const settings: Settings = { lib: DOM, types: [], resolution: 'bundler' };
    expect(complaints([consumer('wrong.ts')], settings)).toEqual([
      expect.stringMatching(/^test\/types\/consumers\/wrong\.ts:\d+: Argument of type 'number'/),
      expect.stringContaining("Property 'request' does not exist"),
      expect.stringContaining("Property 'handover' does not exist"),
      expect.stringContaining("Property 'subscribe' does not exist"),
    ]);
  });

  test('a name that the contract does not hold: the compiler lists those that it holds', () => {
    const found = complaints([consumer('names.tsx')], { lib: DOM, types: [], resolution: 'bundler' });
    const allowed = found.map((text) => /parameter of type '(.+)'\.$/.exec(text)?.[1]?.split(' | ').sort());
    const [requests, events, streams] = [
      ['"product"', '"sum"'],
      ['"said"', '"tick"'],
      ['"ticks"', '"trades"'],
    ];
    expect(allowed).toEqual([
      requests,
      ['"seen"', '"typing"'],
      events,
      ['"choose"', '"confirm"'],
      streams,
      expect.arrayContaining(['"gap"', '"state"']),
      expect.arrayContaining(['"gap"', '"state"']),
      requests,
      events,
      streams,
      expect.arrayContaining(['"gap"', '"state"']),
    ]);
  });

  test('a page does not see the Node entry', () => {
    const settings: Settings = { lib: DOM, types: [], resolution: 'bundler', conditions: ['browser'] };
    expect(complaints([consumer('node.ts')], settings).join('\n')).toContain(
      "Cannot find module 'holdline/node'",
    );
  });
});

describe('the declarations themselves', () => {
  const declarations = listFiles('dist').filter((path) => /\.d\.c?ts$/.test(path));

  test('hold no `any`', () => {
    const found: string[] = [];
    for (const path of declarations) {
      const file = ts.createSourceFile(
        path,
        readFileSync(join(ROOT, path), 'utf8'),
        ts.ScriptTarget.ES2022,
        true,
      );
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${path}: ${node.parent.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
    expect(found).toEqual([]);
  });

  test('name the same things for browsers and for Node', () => {
    const names = (file: string): string[] => {
      const settings: Settings = { lib: DOM, types: ['node'], resolution: 'bundler' };
      const built = program([file], settings);
      const checker = built.getTypeChecker();
      const module = checker.getSymbolAtLocation(built.getSourceFile(join(ROOT, file))!);
      return checker
        .getExportsOfModule(module!)
        .map(({ name }) => name)
        .sort();
    };
    expect(names('dist/index.node.d.ts')).toEqual(names('dist/index.d.ts'));
    expect(names('dist/index.d.ts')).toContain('connect');
  });
});
