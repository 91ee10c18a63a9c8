// The house rules as tests. Each rule runs on src/, and on a few lines that break it: a rule that cannot fail
// protects nothing.
import { describe, expect, test } from 'vitest';
import { fewParameters, noPassThrough, slimClasses } from './classes.ts';
import { publicNamesAreDocumented } from './docs.ts';
import {
  browserEntriesNeedNoNode,
  entriesAreNamesOnly,
  importsExist,
  importsGoDown,
  noCycles,
} from './floors.ts';
import { sourcesHaveTests, testsHaveSources } from './mirror.ts';
import { globals, nodeModules, packages } from './places.ts';
import { longFilesSayWhy, narrowComments, noAny, noSilencedChecks, shortFunctions } from './shape.ts';
import { noModuleState } from './state.ts';
import { sentencesOnlyInTheTable } from './texts.ts';
import { listFiles, parse, readSources, type Tree, type Violation } from './tree.ts';

interface Rule {
  readonly name: string;
  readonly rule: (tree: Tree) => Violation[];
  /** Sources by path, each of them wrong in its own way: the rule must find exactly as many faults. */
  readonly wrong: readonly Record<string, string>[];
  /** Sources that look alike and are right. */
  readonly right: readonly Record<string, string>[];
}

const testFiles = listFiles('test');
const source = readSources();

/** Eight fields that change. */
const FIELDS = Array.from({ length: 8 }, (_, index) => `#f${index} = ${index};`).join(' ');

/** What the classes below have fields of. */
const B = `
export class B { size = 0; send(...a: string[]): boolean { return a.length > 0; } other(): void {} post(a: string): void {} }
export interface I { other(): void }
interface Data { readonly name: string }`;

const RULES: readonly Rule[] = [
  {
    name: 'imports go down or stay in the folder, type imports too',
    rule: importsGoDown,
    wrong: [
      { 'src/base/a.ts': "import type { B } from '../protocol/b.ts';", 'src/protocol/b.ts': 'export {};' },
      { 'src/connection/a.ts': "export { b } from '../client/b.ts';", 'src/client/b.ts': 'export {};' },
      { 'src/auth/a.ts': "type B = import('../client/b.ts').B;", 'src/client/b.ts': 'export {};' },
      { 'src/auth/a.ts': "const b = () => import('../client/b.ts');", 'src/client/b.ts': 'export {};' },
      { 'src/react/a.ts': "import { b } from '../tabs/b.ts';", 'src/tabs/b.ts': 'export {};' },
      { 'src/client/a.ts': "import { b } from '../index.ts';", 'src/index.ts': 'export {};' },
      { 'src/utils/a.ts': 'export {};' },
      { 'src/transport/tcp/a.ts': "import '../native/b.ts';", 'src/transport/native/b.ts': 'export {};' },
    ],
    right: [
      { 'src/client/a.ts': "import type { B } from '../base/b.ts';", 'src/base/b.ts': 'export {};' },
      { 'src/client/a.ts': "import { b } from './b.ts';", 'src/client/b.ts': 'export {};' },
      {
        'src/transport/tcp/a.ts': "import type { B } from '../transport.ts';",
        'src/transport/transport.ts': 'export {};',
      },
      { 'src/index.ts': "export { b } from './client/b.ts';", 'src/client/b.ts': 'export {};' },
    ],
  },
  {
    name: 'a relative import names a file that is there, with its extension',
    rule: importsExist,
    wrong: [
      { 'src/base/a.ts': "import { b } from './b.ts';" },
      { 'src/base/a.ts': "import { b } from './b.js';", 'src/base/b.ts': '' },
    ],
    right: [{ 'src/base/a.ts': "import { b } from './b.ts';", 'src/base/b.ts': 'export const b = 1;' }],
  },
  {
    name: 'no file imports itself by a round trip',
    rule: noCycles,
    wrong: [
      {
        'src/base/a.ts': "import type { B } from './b.ts';",
        'src/base/b.ts': "import type { A } from './a.ts';",
      },
      {
        'src/base/a.ts': "import './b.ts';",
        'src/base/b.ts': "export * from './c.ts';",
        'src/base/c.ts': "import('./a.ts');",
      },
    ],
    right: [
      {
        'src/base/a.ts': "import './b.ts'; import './c.ts';",
        'src/base/b.ts': "import './c.ts';",
        'src/base/c.ts': 'export {};',
      },
    ],
  },
  {
    name: 'entry files hold names only',
    rule: entriesAreNamesOnly,
    wrong: [
      { 'src/index.ts': 'export const answer = 42;' },
      { 'src/react.ts': 'export function useIt(): void {}' },
      { 'src/cli.ts': "import { main } from './cli/main.ts'; main(); main();" },
    ],
    right: [
      { 'src/index.ts': "export { a } from './base/a.ts'; export type { B } from './base/b.ts';" },
      { 'src/cli.ts': "import { main } from './cli/main.ts'; main();" },
      { 'src/base/a.ts': 'export const answer = 42;' },
    ],
  },
  {
    name: 'no entry for browsers leads to Node',
    rule: browserEntriesNeedNoNode,
    wrong: [
      {
        'src/index.ts': "export * from './client/a.ts';",
        'src/client/a.ts': "import '../transport/tcp/b.ts';",
        'src/transport/tcp/b.ts': "import 'node:net';",
      },
    ],
    right: [{ 'src/node.ts': "export * from './b.ts';", 'src/b.ts': "import 'node:net';" }],
  },
  {
    name: 'node: modules only where Node is certain, its clocks nowhere',
    rule: nodeModules,
    wrong: [
      { 'src/protocol/a.ts': "import { createHash } from 'node:crypto';" },
      { 'src/transport/native/a.ts': "import type { Socket } from 'node:net';" },
      { 'src/client/a.ts': "type S = import('node:net').Socket;" },
      { 'src/index.node.ts': "export { Socket } from 'node:net';" },
      { 'src/transport/tcp/a.ts': "import { setTimeout } from 'node:timers/promises';" },
    ],
    right: [
      { 'src/transport/tcp/a.ts': "import { connect } from 'node:net'; const t = () => import('node:tls');" },
      { 'src/testing/a.ts': "import { createServer } from 'node:net';" },
    ],
  },
  {
    name: 'packages only in their places',
    rule: packages,
    wrong: [
      { 'src/client/a.ts': "import { EventEmitter } from 'eventemitter3';" },
      { 'src/client/a.ts': "import type { ReactNode } from 'react';" },
      { 'src/base/a.ts': "import ws from 'ws';" },
      { 'src/messaging/a.ts': "import { StandardSchemaV1 } from '@standard-schema/spec';" },
    ],
    right: [
      { 'src/base/emitter.ts': "import { EventEmitter } from 'eventemitter3';" },
      { 'src/react/hooks.ts': "import { useRef } from 'react';" },
      { 'src/messaging/a.ts': "import type { StandardSchemaV1 } from '@standard-schema/spec';" },
    ],
  },
  {
    name: 'globals of the DOM, of Node, of time and of chance only in their places',
    rule: globals,
    wrong: [
      ...['window.open()', 'new WebSocket("ws://x")', 'navigator.onLine', 'class A extends Worker {}'].map(
        (text) => ({ 'src/connection/a.ts': text }),
      ),
      ...['setTimeout(() => {}, 1)', 'Date.now()', 'new Date()', 'performance.now()', 'Math.random()'].map(
        (text) => ({ 'src/connection/a.ts': text }),
      ),
      ...[
        'crypto.randomUUID()',
        'AbortSignal.timeout(1)',
        'globalThis.crypto',
        'const t = { setInterval }',
      ].map((text) => ({ 'src/messaging/a.ts': text })),
      { 'src/protocol/a.ts': 'Buffer.from("")' },
      { 'src/transport/native/a.ts': 'process.nextTick(() => {})' },
      { 'src/transport/tcp/a.ts': 'setImmediate(() => {})' },
      { 'src/transport/tcp/a.ts': 'const f = (x = localStorage) => x;' },
    ],
    right: [
      { 'src/base/clock.ts': 'setTimeout(() => {}, Date.now() + performance.now() * Math.random());' },
      { 'src/transport/native/a.ts': 'new globalThis.WebSocket("ws://x"); new WebSocket("ws://x");' },
      {
        'src/transport/tcp/a.ts': 'export class WebSocket {} new WebSocket(); Buffer.from(process.version);',
      },
      {
        'src/connection/a.ts': 'const f = (document: string, o: { window: number }) => document + o.window;',
      },
      {
        'src/connection/a.ts':
          'let timer: ReturnType<typeof setTimeout> | undefined; Date.parse(""); Math.min();',
      },
      { 'src/connection/environment.browser.ts': 'window.addEventListener("online", () => {});' },
      { 'src/client/a.ts': 'const o = { location: 1, self() {} }; o.location; o.self();' },
    ],
  },
  {
    name: 'a module declares, it does not act and does not remember',
    rule: noModuleState,
    wrong: [
      'let count = 0;',
      'var count = 0;',
      'const seen = new Map<string, number>();',
      'const seen = new WeakMap<object, number>() as WeakMap<object, number>;',
      'export const list: string[] = [];',
      'const pool = new Uint8Array(8192);',
      'const cache: Record<string, string> = {};',
      'const cache = {} as Record<string, string>;',
      'const options = { a: 1 }; export function set(): void { options.a = 2; }',
      'const counts = { n: 0 }; export const next = (): number => counts.n++;',
      'const table = { a: 1 } as { a?: number }; export function drop(): void { delete table.a; }',
      'export class A { static count = 0; }',
      'export class A { static readonly all = new Set<A>(); }',
      'export class A { static { console.log(1); } }',
      'globalThis.holdline = 1;',
      'if (true) { console.log(1); }',
    ].map((text) => ({ 'src/base/a.ts': text })),
    right: [
      "const NAMES = ['a', 'b'] as const;",
      'const NAMES: readonly string[] = [];',
      'const CODES: ReadonlyMap<number, string> = new Map([[1, "a"]]);',
      'const CODES: ReadonlySet<number> = new Set([1]);',
      'const TABLE: Readonly<Record<string, number>> = {};',
      'export const DEFAULTS = Object.freeze({ a: 1 });',
      'const utf8 = new TextEncoder();',
      'const NO_BYTES = new Uint8Array(0);',
      'export const clock = { now: (): number => 1 };',
      'const state = { a: 1 }; export function f(state: { a: number }): void { state.a = 2; }',
      'export class A { static readonly MAX = 3; count = 0; }',
      'declare const process: unknown;',
      'export function f(): void { let count = 0; count++; const seen = new Map(); seen.set(1, count); }',
    ].map((text) => ({ 'src/base/a.ts': text })),
  },
  {
    name: 'no `any`',
    rule: noAny,
    wrong: [
      { 'src/base/a.ts': 'export function f(x: any): void {}' },
      { 'src/base/a.ts': 'const x = 1 as any;' },
    ],
    right: [{ 'src/base/a.ts': '/** any */ export const any = (x: unknown): unknown => x;' }],
  },
  {
    name: 'no check is silenced without a reason',
    rule: noSilencedChecks,
    wrong: [
      { 'src/base/a.ts': '// @ts-ignore\nexport {};' },
      { 'src/base/a.ts': '// biome-ignore-all lint: x\nexport {};' },
    ],
    right: [{ 'src/base/a.ts': '// @ts-expect-error: Node 20 has no such global\nexport {};' }],
  },
  {
    name: 'a file of more than 450 lines says at its head why',
    rule: longFilesSayWhy,
    wrong: [
      { 'src/base/a.ts': '//\n'.repeat(451) },
      { 'src/base/a.ts': `export {};\n// It is long because it holds a table.\n${'\n'.repeat(450)}//` },
    ],
    right: [
      { 'src/base/a.ts': '//\n'.repeat(450) },
      { 'src/base/a.ts': `/**\n * It is long\n * because it holds a table.\n */${'\n'.repeat(451)}//` },
    ],
  },
  {
    name: 'functions have at most 60 lines',
    rule: shortFunctions,
    wrong: [
      { 'src/base/a.ts': `export function f(): void {${'\n'.repeat(60)}}` },
      { 'src/base/a.ts': `export class A { m(): void {${'\n'.repeat(60)}} }` },
      { 'src/base/a.ts': `export const f = (): void => {${'\n'.repeat(60)}};` },
    ],
    right: [
      { 'src/base/a.ts': `export function f(): void {${'\n'.repeat(59)}}` },
      { 'src/base/a.ts': `export class A {${'\n'.repeat(100)}}` },
    ],
  },
  {
    name: 'a class has at most 8 fields that change, or says why its hot path needs more',
    rule: slimClasses,
    wrong: [
      { 'src/base/a.ts': `export class A { ${FIELDS} one = 1; }` },
      { 'src/base/a.ts': `export class A { ${FIELDS} #one: number | undefined; }` },
      { 'src/base/a.ts': `export class A { ${FIELDS} constructor(private one: number) {} }` },
      { 'src/base/a.ts': `export const A = class { ${FIELDS} declare one: number; };` },
      { 'src/base/a.ts': `/** Hot path: yes. */ export class A { ${FIELDS} one = 1; }` },
    ],
    right: [
      { 'src/base/a.ts': `export class A { ${FIELDS} readonly one = 1; static readonly two = 2; }` },
      { 'src/base/a.ts': `export class A { ${FIELDS} constructor(readonly one: number, two: number) {} }` },
      {
        'src/base/a.ts': `/**\n * Hot path: a load more\n * costs a tenth. */\nexport class A { ${FIELDS} one = 1; }`,
      },
    ],
  },
  {
    name: 'nobody passes more than 4 arguments',
    rule: fewParameters,
    wrong: [
      'export function f(a: A, b: A, c: A, d: A, e: A): void {}',
      'const f = (a: A, b: A, c: A, d: A, e = 1): void => {};',
      'export class A { constructor(a: A, b: A, c: A, d: A, ...e: A[]) {} }',
      'export interface A { m(a: A, b: A, c: A, d: A, e: A): void }',
      'export type F = (a: A, b: A, c: A, d: A, e: A) => void;',
    ].map((text) => ({ 'src/base/a.ts': text })),
    right: [
      'export function f(this: A, a: A, b: A, c: A, d: A): void {}',
      'export function f({ a, b, c, d, e }: A): void {}',
      '/** Of another. */ interface Handle { m(a: A, b: A, c: A, d: A, e: A): void }',
    ].map((text) => ({ 'src/base/a.ts': text })),
  },
  {
    name: 'no method only hands on to a machine of ours',
    rule: noPassThrough,
    wrong: [
      'send(a: string): void { this.#b.send(a); }',
      'send(a: string): boolean { return this.#b.send(a); }',
      'async send(...a: string[]): Promise<void> { await this.#b.send(...a); }',
      'send(): void { (this.b as B).send(); }',
      'get size(): number { return this.#b.size; }',
      '#send(a: string): void { this.#b.send(a); }',
      'other(): void { this.#i.other(); }',
    ].map((member) => ({
      'src/base/a.ts': `export class A { readonly #b = new B(); b = new B(); #i!: I; ${member} }${B}`,
    })),
    right: [
      'send(a: string): void { this.#b.post(a); }',
      'send(a: string): void { this.#b.send(a + a); }',
      'send(a: string, b?: string): void { this.#b.send(a); }',
      'send(a: string): void { this.count++; this.#b.send(a); }',
      'send(a: string): void { this.#b?.send(a); }',
      'send(a: string): void { if (a) this.#b.send(a); }',
      'has(key: string): boolean { return this.#map.has(key); }',
      'get size(): number { return this.#map.size; }',
      'get name(): string { return this.#data.name; }',
      'other(): void { this.#b.other(); }', // asked for by I, which B is not
    ]
      .map((member) => ({
        'src/base/a.ts': `export class A implements I { count = 0; readonly #b = new B(); #map = new Map<string, string>(); #data!: Data; ${member} }${B}`,
      }))
      .concat({
        'src/base/a.ts': `/** Wraps a B. */\nclass A implements I { readonly #b = new B(); other(): void { this.#b.other(); } }${B}`,
      }),
  },
  {
    name: 'sentences of errors stand in base/error-texts',
    rule: sentencesOnlyInTheTable,
    wrong: [
      "throw new UsageError('INVALID_OPTION', 'The option is wrong.');",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the code that the rule reads has one
      "throw new AuthError('The server refused ' + `${1} answers. Check them.`);",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the code that the rule reads has one
      "const e = new ConnectionError('CLOSED', { message: `It was ${1} that ended it.` });",
    ].map((text) => ({ 'src/client/a.ts': text })),
    right: [
      {
        'src/client/a.ts':
          "throw new UsageError('INVALID_OPTION', { option, expected: 'a whole number, or none' });",
      },
      { 'src/client/a.ts': "throw new Error('The table has no such pair.');" },
      {
        'src/base/error-texts.ts':
          "export const e = new UsageError('INVALID_OPTION', 'The option is wrong.');",
      },
      {
        'src/base/error-texts.production.ts': "export const e = new UsageError('A', 'The option is wrong.');",
      },
    ],
  },
  {
    name: 'comments are no wider than the page',
    rule: narrowComments,
    wrong: [{ 'src/base/a.ts': `/** ${'a '.repeat(64)}*/` }, { 'src/base/a.ts': ` * ${'a'.repeat(130)}` }],
    right: [
      { 'src/base/a.ts': `// ${'a'.repeat(128)}` },
      { 'src/base/a.ts': `const a = '${'a'.repeat(200)}';` },
    ],
  },
  {
    name: 'every public name and member has a doc comment',
    rule: publicNamesAreDocumented,
    wrong: [
      { 'src/index.ts': "export { a } from './base/a.ts';", 'src/base/a.ts': 'export const a = 1;' },
      {
        'src/index.ts': "export { A } from './base/a.ts';",
        'src/base/a.ts': '/** a */ export class A { run(): void {} }',
      },
      {
        'src/index.ts': "export type { A } from './base/a.ts';",
        'src/base/a.ts': '/** a */ export interface A { x: number }',
      },
      {
        'src/index.ts': "export type { A } from './base/a.ts';",
        'src/base/a.ts': '/** a */ export type A = { x: number } | undefined;',
      },
      // An option's type that the entry does not export is seen all the same.
      {
        'src/index.ts': "export { f } from './base/a.ts';",
        'src/base/a.ts': '/** f */ export function f(o: O): void {}\n/** o */\ninterface O { x: number }',
      },
      {
        'src/index.ts': "export { f } from './base/a.ts';",
        'src/base/a.ts': '/** */ export function f(): void {}',
      },
    ],
    right: [
      {
        'src/index.ts': "export { A, type T } from './base/a.ts';",
        'src/base/a.ts':
          "/** a */ export class A { #x = 1; private y = 2; constructor() {}\n/** z */ z = 3;\n/** m */ m(): void {} }\n/** t */ export type T = { kind: 'a' };",
      },
      {
        'src/index.ts': "export { B } from './base/a.ts';",
        'src/base/a.ts':
          '/** i */ export interface I {\n/** m */ m(): void }\n/** b */ export class B implements I { m(): void {} }',
      },
      { 'src/index.ts': 'export {};', 'src/base/a.ts': 'export const inner = 1;' },
    ],
  },
];

describe.each(RULES)('$name', ({ rule, wrong, right }) => {
  test('in src/', () => {
    expect(rule(source)).toEqual([]);
  });

  test('a breach is found', () => {
    for (const files of wrong) expect([files, rule(parse(files))]).toEqual([files, [expect.any(String)]]);
  });

  test('what is right passes', () => {
    for (const files of right) expect([files, rule(parse(files))]).toEqual([files, []]);
  });
});

describe('test/ mirrors src/', () => {
  const logic = 'export function f(): void {}';

  test('every source file with logic has its tests', () => {
    expect(sourcesHaveTests(source, testFiles)).toEqual([]);
  });

  test('every test has its source', () => {
    expect(testsHaveSources(source, testFiles)).toEqual([]);
  });

  test('a missing test is found', () => {
    const tree = parse({ 'src/base/a.ts': logic, 'src/base/b.ts': 'export class B { m(): void {} }' });
    expect(sourcesHaveTests(tree, ['test/base/a.test.ts'])).toEqual([expect.stringContaining('src/base/b')]);
    expect(sourcesHaveTests(tree, ['test/client/a.test.ts', 'test/base/b.test.ts'])).toHaveLength(1);
  });

  test('a dom test, a browser test and a test of one aspect count', () => {
    const tree = parse({ 'src/react/a.tsx': logic, 'src/base/b.ts': logic, 'src/base/c.node.ts': logic });
    const tests = ['test/react/a.dom.test.tsx', 'test/base/b.splits.test.ts', 'test/base/c.node.test.ts'];
    expect(sourcesHaveTests(tree, tests)).toEqual([]);
    expect(testsHaveSources(tree, tests)).toEqual([]);
  });

  test('types, constants and entries need none', () => {
    const tree = parse({
      'src/base/a.ts': 'export interface A { m(): void } export type F = () => void; export const MAX = 1;',
      'src/index.ts': logic,
    });
    expect(sourcesHaveTests(tree, [])).toEqual([]);
  });

  test('a test without a source is found, helpers and other folders are left alone', () => {
    const tree = parse({ 'src/base/a.ts': logic });
    const tests = ['test/base/a.test.ts', 'test/base/helper.ts', 'test/acceptance/login.test.ts'];
    tests.push('test/transport/conformance/native.browser.test.ts');
    expect(testsHaveSources(tree, tests)).toEqual([]);
    expect(testsHaveSources(tree, ['test/base/gone.test.ts'])).toHaveLength(1);
  });
});
