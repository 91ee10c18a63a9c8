// The part of `npm run test:tools` that each change must pass: the tools that most users have, on the packed package.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ROOT } from '../architecture/tree.ts';
import { closeBrowser } from '../tools-matrix/page.ts';
import { type Servers, startServers } from '../tools-matrix/server.ts';
import { type Place, runBarePage, runJest, runTypeScript, runWebpack } from '../tools-matrix/steps.ts';
import { install } from './installed.ts';

let servers: Servers;
let place: Place;
beforeAll(async () => {
  servers = await startServers();
  place = { folder: install().folder, tools: join(ROOT, 'node_modules'), servers };
});
afterAll(async () => {
  servers?.close();
  await closeBrowser();
});

/** Where each compiler is. */
const COMPILERS = [
  ['5.9', 'test/tools-matrix/compilers/5.9/node_modules/typescript'],
  ['6.0', 'node_modules/typescript'],
  ['7', 'test/tools-matrix/compilers/7/node_modules/typescript'],
] as const;

describe('in the tools of its users', () => {
  test.concurrent('Jest, in Node: CommonJS in a vm.Script, with TLS', () => runJest(place, 'node'));
  test.concurrent('Jest, in jsdom', () => runJest(place, 'jsdom'));
  test.concurrent('webpack, for Node', () => runWebpack(place, 'node'));
  test.concurrent('webpack, for a page', () => runWebpack(place, 'web'));
  test.concurrent('a page without a bundler', () => runBarePage(place));
  test.concurrent.each(COMPILERS)(
    'TypeScript %s: the declarations of a user, and the mistakes that it finds',
    (_, path) => runTypeScript(place, join(ROOT, path)),
  );
});
