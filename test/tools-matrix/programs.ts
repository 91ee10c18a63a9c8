// What users write, as texts: small, whole, and against a real server. Each ends by printing or returning WORKS.
import type { Servers } from './server.ts';

/** What a program says at its end. */
export const WORKS = 'holdline works';

/** The function that all programs share: a request over a long connection, text and bytes over a short one. */
export const USE: string = `
async function use({ connect, createClient }, url, options = {}) {
  const client = createClient({ url, ...options });
  const sum = await client.request('sum', [1, 2]);
  await client.close();
  const socket = await connect(url, options);
  socket.send('hello');
  const text = await socket.receive();
  socket.send(Uint8Array.of(7));
  const bytes = await socket.receive();
  await socket.close();
  if (sum !== 3 || text !== 'hello' || bytes[0] !== 7) throw new Error('wrong answers: ' + [sum, text, bytes]);
  return '${WORKS}';
}
`;

/** ES module for a page or a worker: \`tell\` gets the outcome. */
export const pageProgram = ({ ws }: Servers, tell = 'globalThis.told ='): string => `
import { connect, createClient } from 'holdline';
${USE}
use({ connect, createClient }, '${ws}').then(
  (done) => { ${tell} (done); },
  (error) => { ${tell} (String(error?.stack ?? error)); },
);
`;

const inNode = ({ ws, wss, ca }: Servers): string => `
${USE}
const tls = { ca: readFileSync('${ca}') };
await use({ connect, createClient }, '${ws}');
await use({ connect, createClient }, '${wss}', { tls });
await new Promise((resolve, reject) => {
  const socket = new WebSocket('${wss}', [], { tls });
  socket.onopen = () => socket.send('over the class');
  socket.onmessage = ({ data }) => socket.close(1000, data);
  socket.onclose = ({ wasClean, error }) => (wasClean ? resolve() : reject(error));
});
const refused = await connect('ws://127.0.0.1:1').catch((error) => error);
if (!(refused instanceof HandshakeError)) throw new Error('not a HandshakeError: ' + refused);
console.log('${WORKS}');
`;

/** For Node and its kin, as an ES module. */
export const nodeModule = (servers: Servers): string => `
import { readFileSync } from 'node:fs';
import { connect, createClient, HandshakeError } from 'holdline';
import { WebSocket } from 'holdline/node';
${inNode(servers)}`;

/** The same in CommonJS. */
export const nodeCommonJs = (servers: Servers): string => `
const { readFileSync } = require('node:fs');
const { connect, createClient, HandshakeError } = require('holdline');
const { WebSocket } = require('holdline/node');
(async () => {${inNode(servers)}})();
`;

/** A test file in CommonJS, for any runner with \`test\`; over TLS too where that is the build for Node. */
export const commonJsTest = ({ ws, wss, ca }: Servers, isNode: boolean): string => `
const holdline = require('holdline');
${USE}
test('holdline', async () => {
  if ((await use(holdline, '${ws}')) !== '${WORKS}') throw new Error('no');
  ${
    isNode
      ? `const tls = { ca: require('node:fs').readFileSync('${ca}') };
  if ((await use(holdline, '${wss}', { tls })) !== '${WORKS}') throw new Error('no');
  const { UsageError } = require('holdline/envelopes') && require('holdline/protocol');
  let refused;
  try { holdline.createClient({}); } catch (error) { refused = error; }
  if (!(refused instanceof UsageError)) throw new Error('another class: ' + refused);`
      : `const { tcpTransport } = require('holdline/node');
  let refused;
  try { tcpTransport(); } catch (error) { refused = error; }
  if (refused?.code !== 'UNSUPPORTED') throw new Error('holdline/node is not refused: ' + refused);`
  }
});
`;

/** The declarations of a user: everything that is inferred must have a name. And mistakes, each of which must be found. */
export const DECLARATIONS = `
import { connect, createClient, failover, handover, HandshakeError, isHoldlineError, type Client } from 'holdline';
import { jsonRpc } from 'holdline/envelopes';
import { CloseEvent, tcpTransport, WebSocket } from 'holdline/node';
import { createHooks } from 'holdline/react';
export interface Chat {
  requests: { sum: { params: number[]; result: number } };
  events: { tick: { at: number } };
  streams: { ticks: { params: { symbol: string }; event: { at: number } } };
}
export const client = createClient<Chat>({ url: 'ws://127.0.0.1', headers: { a: 'b' } });
export const req = client.request;
export const { subscribe, onEvent, handle, notify, messages, close, send } = client;
export const sum = client.request('sum', [1, 2]);
export const why = client.why();
export const plugins = [handover(), failover()] as const;
export const hooks = createHooks<Chat>({ create: () => client });
export const { useEvent, useRequest, useConnection, useSubscription, useClient } = createHooks<Chat>();
export const useSum = () => useRequest('sum');
export const useTicks = () => useSubscription('ticks', { symbol: 'a' });
export const useStatus = () => useConnection((state) => state.status);
export const ws = new WebSocket('ws://127.0.0.1');
export const { onclose, onmessage, addEventListener } = ws;
export const event = new CloseEvent('close');
export class Mine extends WebSocket {}
export class Own extends HandshakeError {}
export const transport = tcpTransport();
export const envelope = jsonRpc();
export const socket = connect('ws://127.0.0.1');
export const statusOf = (error: unknown) => (error instanceof HandshakeError ? error.status : undefined);
export const known = (error: unknown) => (isHoldlineError(error) ? error : undefined);
export type Mates = Client<Chat>;
export async function* all() {
  for await (const tick of client.subscribe('ticks', { symbol: 'a' })) yield tick.at;
}
`;

/** Each line is one mistake. */
export const MISTAKES: readonly string[] = [
  "createClient({ url: 'ws://127.0.0.1', tls: { ca: 5 } });",
  "createClient({ url: 'ws://127.0.0.1', headers: 5 });",
  "connect('ws://127.0.0.1', { signal: 5 });",
  "new WebSocket('ws://127.0.0.1', [], { proxy: 7 });",
  "new WebSocket('ws://127.0.0.1', [], { lookup: 7 });",
  "new WebSocket('ws://127.0.0.1').send(Symbol());",
];

/** A page without a bundler: an import map, and nothing else. */
export const pageWithoutBundler = (servers: Servers, dist = '/node_modules/holdline/dist'): string => {
  const imports = {
    holdline: `${dist}/index.js`,
    'holdline/node': `${dist}/nodeless.js`,
    'holdline/protocol': `${dist}/protocol.js`,
    '#errors': `${dist}/chunk-errors.browser.js`,
    '#checks': `${dist}/chunk-checks.js`,
  };
  return `<!doctype html><title>holdline</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">${pageProgram(servers)}</script>`;
};
