/** Servers that answer one kind of Close frame wrongly: what the error advises, and that the advice is true. */
import { expect, it } from 'vitest';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { startRawServer } from '../tools/raw-server.ts';

it('a server that answers an empty Close with 1005, as nats-server does, is closed with close(1000)', async () => {
  const server = await startRawServer();
  const answerNext = async (): Promise<void> => {
    const { socket } = await server.next();
    socket.on('data', (frame: Buffer) => {
      const isEmpty = (frame[1]! & 0x7f) === 0;
      socket.end(Buffer.from([0x88, 2, 0x03, isEmpty ? 0xed : 0xe8]));
    });
  };
  void answerNext();
  const ended = await (await connect(server.url)).close();
  expect(ended).toMatchObject({ code: 1006, wasClean: false, error: { code: 'PROTOCOL', received: 1005 } });
  expect(ended.error?.message).toContain('close with one, close(1000)');
  void answerNext();
  expect(await (await connect(server.url)).close(1000)).toMatchObject({ code: 1000, wasClean: true });
  void answerNext();
  const client = createClient({ url: server.url, envelope: raw() });
  await client.ready();
  expect(await client.close(1000)).toMatchObject({ code: 1000, wasClean: true });
  await server.close();
});

it('one that answers a Close with a reason by another bad code is closed without arguments', async () => {
  const server = await startRawServer();
  const socket = await connect(server.url);
  const { socket: peer } = await server.next();
  peer.on('data', () => peer.end(Buffer.from([0x88, 2, 0, 1])));
  const { error } = await socket.close(1000, 'bye');
  expect(error?.message).toContain('try close() without arguments');
  await server.close();
});
