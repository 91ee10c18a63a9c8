// The two servers that their authors wrote on a bare TCP socket. Both serve one client, read one frame per recv(),
// know text messages only, answer every other frame as if it were one, and never send a Close frame.
import { expect, test } from 'vitest';
import { awaitReply, connect, createClient, raw } from '../../src/index.node.ts';
import { hear } from './heard.ts';
import { startSeedServer } from './seed-server.ts';

const CLOSE_TIMEOUT_MS = 300;

test('the first raw server answers "123" to every message, over connect()', async () => {
  await using server = await startSeedServer('b0_raw_seed0.py', 'PORT');
  const socket = await connect(server.url(), { closeTimeout: CLOSE_TIMEOUT_MS });
  for (const message of ['Hello', '你好，世界', 'x'.repeat(126), 'y'.repeat(4_000)]) {
    socket.send(message);
    expect(await socket.receive()).toBe('123');
    await server.prints((output) => output.includes(`body '${message}'`));
  }
  const closure = await socket.close();
  expect(closure).toMatchObject({ code: 1006, wasClean: false, sent: { code: 1005, reason: '' } });
  expect(closure.received).toBeUndefined();
  // It takes the end of the connection for a message, and dies of it.
  await server.exited;
});

test('the first raw server answers "123" to every message, over createClient()', async () => {
  await using server = await startSeedServer('b0_raw_seed0.py', 'PORT');
  const client = createClient({
    url: server.url(),
    envelope: raw(),
    heartbeat: false,
    reconnect: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
  });
  const messages = hear(client, 'message');
  for (let count = 1; count <= 3; count++) {
    expect(await client.send(`message ${count}`)).toEqual({ outcome: 'handed-off', epoch: 1 });
    expect(await messages.atLeast(count)).toEqual(Array(count).fill('123'));
  }
  expect((await client.close()).wasClean).toBe(false);
  expect(server.output).toContain("body 'message 1'\nbody 'message 2'\nbody 'message 3'\n");
});

test('the second raw server answers with 响应 behind what was sent, over connect()', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  const socket = await connect(server.url('/chatsocket'), { closeTimeout: CLOSE_TIMEOUT_MS });
  // 2,700 characters are 8,100 bytes: more than one of its recv(8096) holds, so this is as long as it can read.
  for (const message of ['Hello', '提交', '<b>markup</b>', '😀', '字'.repeat(2_690)]) {
    socket.send(message);
    expect(await socket.receive()).toBe(`${message}响应`);
  }
  // It answers our Close frame with one more text and no Close: the end is told as what it was.
  const closure = await socket.close();
  expect(closure).toMatchObject({ code: 1006, wasClean: false, sent: { code: 1005, reason: '' } });
  expect(closure.error).toMatchObject({ name: 'ConnectionError', code: 'CLOSE_TIMEOUT' });
  await server.exited;
});

test('the second raw server answers with 响应 behind what was sent, over createClient()', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  const client = createClient({
    url: server.url('/chatsocket'),
    envelope: raw(),
    heartbeat: false,
    reconnect: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
  });
  const messages = hear(client, 'message');
  const errors = hear(client, 'error');
  await client.ready();
  await client.send('一');
  await messages.atLeast(1);
  await client.send('二');
  await messages.atLeast(2);
  const closure = await client.close();
  expect(closure.wasClean).toBe(false);
  // Its answer to our Close frame came too late to be a message, and is no error of the client's.
  expect(messages.all).toEqual(['一响应', '二响应']);
  expect(errors.all).toEqual([]);
  expect(client.state.status).toBe('closed');
});

test('a message sent before the line is open waits, and goes out by itself', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  await using client = createClient({
    url: server.url(),
    envelope: raw(),
    heartbeat: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
  });
  const messages = hear(client, 'message');
  expect(client.state.status).toBe('idle');
  await client.send('first use');
  expect(await messages.atLeast(1)).toEqual(['first use响应']);
});

test('ten messages in one go lose none when each awaits the answer to the one before', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  await using client = createClient({
    url: server.url(),
    envelope: raw(),
    heartbeat: false,
    use: [awaitReply()],
    closeTimeout: CLOSE_TIMEOUT_MS,
  });
  const messages = hear(client, 'message');
  const texts = Array.from({ length: 10 }, (_, at) => `message ${at}`);
  const sent = await Promise.all(texts.map((text) => client.send(text)));
  expect(sent).toEqual(texts.map(() => ({ outcome: 'handed-off', epoch: 1 })));
  expect(await messages.atLeast(10)).toEqual(texts.map((text) => `${text}响应`));
  expect(client.stats()).toMatchObject({ sent: 10, queued: 0, bufferedAmount: 0 });
});

test('without pacing this server loses what arrives together', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  await using client = createClient({
    url: server.url(),
    envelope: raw(),
    heartbeat: false,
    reconnect: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
  });
  const messages = hear(client, 'message');
  await Promise.all(['a', 'b', 'c'].map((text) => client.send(text)));
  await client.close();
  await server.exited;
  expect(messages.all.length).toBeLessThan(3);
});
