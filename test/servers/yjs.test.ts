// y-websocket over our WebSocket class, with its own server: the line alone, what is on it is theirs.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from '../../src/node.ts';
import { freePort, type Program, startProgram } from '../interop/program.ts';
import { PEERS } from './peers.ts';
import { server } from './results.ts';

const Y = PEERS.require('yjs');
const { WebsocketProvider } = PEERS.require('y-websocket');

let port: number;
let program: Program;

async function startServer(): Promise<void> {
  const file = join(PEERS.folder, 'node_modules/y-websocket/bin/server.cjs');
  program = startProgram(process.execPath, [file], { env: { HOST: '127.0.0.1', PORT: String(port) } });
  await program.listens(port);
}

beforeAll(async () => {
  port = await freePort();
  await startServer();
  server(import.meta.filename, 'y-websocket', `${PEERS.versionOf('y-websocket')} over our class`);
});
afterAll(() => program?.stop());

interface Peer {
  readonly text: { insert(at: number, text: string): void; toString(): string };
  readonly provider: any;
}

function enter(room: string): Peer {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, room, doc, {
    WebSocketPolyfill: WebSocket,
    // Two documents of one process would else find each other without a server.
    disableBc: true,
    maxBackoffTime: 200,
  });
  return { text: doc.getText('text'), provider };
}

describe('y-websocket', () => {
  it('stream: what one writes the other reads, and who is there', async () => {
    const [one, two] = [enter('a'), enter('a')];
    one.text.insert(0, 'Hello');
    await expect.poll(() => two.text.toString()).toBe('Hello');
    two.text.insert(5, ', World');
    await expect.poll(() => one.text.toString()).toBe('Hello, World');
    one.provider.awareness.setLocalStateField('name', 'ada');
    const names = (): unknown[] =>
      [...two.provider.awareness.getStates().values()].map(({ name }: any) => name);
    await expect.poll(names).toContain('ada');
    for (const { provider } of [one, two]) provider.destroy();
  });

  it('stream: a large document comes whole', async () => {
    const [one, two] = [enter('large'), enter('large')];
    one.text.insert(0, 'x'.repeat(500_000));
    await expect.poll(() => two.text.toString().length).toBe(500_000);
    for (const { provider } of [one, two]) provider.destroy();
  });

  it('restart: both come back, with what was written meanwhile', async () => {
    const [one, two] = [enter('b'), enter('b')];
    one.text.insert(0, 'before');
    await expect.poll(() => two.text.toString()).toBe('before');
    await program.stop();
    await expect.poll(() => one.provider.wsconnected || two.provider.wsconnected).toBe(false);
    one.text.insert(6, ' meanwhile');
    await startServer();
    await expect.poll(() => two.text.toString()).toBe('before meanwhile');
    for (const { provider } of [one, two]) provider.destroy();
  });
});
