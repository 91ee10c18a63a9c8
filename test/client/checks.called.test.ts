// Where the stack of a wrong call begins: at the line that is wrong.
import { expect, it } from 'vitest';
import {
  awaitReply,
  bearer,
  connect,
  consoleTrace,
  createClient,
  createSlimClient,
  failover,
  handover,
  jsonRpc,
  nativeTransport,
  type Socket,
} from '../../src/index.node.ts';
import { createClient as createClientInPage } from '../../src/index.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

const url = 'ws://127.0.0.1:9';
const wrong = { nothing: 1 } as never;
const client = createClient({ url });
const slim = createSlimClient<object>({ url });

/** The line of the first frame, if that is in this file. */
function firstLine(error: unknown): string | undefined {
  const frame = /^ +at .*$/m.exec((error as Error).stack ?? '')?.[0];
  return /checks\.called\.test\.ts:(\d+)/.exec(frame ?? '')?.[1];
}

const thrown: readonly (readonly [name: string, call: () => unknown])[] = [
  ['createClient', () => createClient(wrong)],
  ['createClient, of an option of TCP', () => createClient({ url, localAddress: 'nowhere' })],
  ['createClient, of a list without failover()', () => createClient({ url: [url, url] })],
  ['createClient, of a plugin', () => createClient({ url, environment: {} as never })],
  ['createClient in a page', () => createClientInPage({ url, headers: {} })],
  ['createSlimClient', () => createSlimClient(wrong)],
  ['on', () => client.on('open' as 'ready', () => {})],
  ['once', () => client.once('ready', wrong)],
  ['onEvent', () => client.onEvent('tick', wrong)],
  ['handle', () => client.handle('ask', wrong)],
  ['subscribe', () => client.subscribe('ticks', 1, wrong)],
  ['subscribe, which a slim client has not', () => slim.subscribe('ticks')],
  ['close', () => client.close(5)],
  ['handover', () => handover(wrong)],
  ['failover', () => failover(wrong)],
  ['jsonRpc', () => jsonRpc(wrong)],
  ['bearer', () => bearer(wrong)],
  ['awaitReply', () => awaitReply(wrong)],
  ['nativeTransport', () => nativeTransport(wrong)],
  ['consoleTrace', () => consoleTrace(wrong)],
  ['createVirtualClock', () => createVirtualClock(wrong)],
];

it.each(thrown)('%s throws an error that begins with its caller', (_name, call) => {
  let error: unknown;
  try {
    call();
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ name: 'UsageError' });
  expect(firstLine(error)).toBeDefined();
});

let socket: Socket;
const rejected: readonly (readonly [name: string, call: () => Promise<unknown>])[] = [
  ['connect', () => connect(url, wrong)],
  ['send', () => client.send('x', wrong)],
  ['send, of what JSON cannot carry', () => client.send(undefined)],
  ['request', () => client.request('x', 1, wrong)],
  ['notify', () => client.notify('x', 1, wrong)],
  ['ready', () => client.ready(wrong)],
  ['receive', () => socket.receive(wrong)],
  ['drained', () => socket.drained(wrong)],
  ['close of a socket', () => socket.close(5)],
];

it.each(rejected)('%s rejects with an error that begins with its caller', async (_name, call) => {
  socket = await connect('ws://test', { transport: createScriptedServer().transport });
  const error = await call().then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ name: 'UsageError' });
  expect(firstLine(error)).toBeDefined();
  await socket.close();
});
