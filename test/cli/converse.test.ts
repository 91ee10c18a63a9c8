import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type Conversation, parseArguments } from '../../src/cli/arguments.ts';
import { converse } from '../../src/cli/converse.ts';
import { HANG_MS } from '../tools/patience.ts';
import { holdline, serve } from './servers.ts';

/** Timers that would keep the process alive. */
const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

/** Waits until there are no more of them than that: the server, in this process too, has some until it has closed. */
async function noMoreTimers(than: number): Promise<void> {
  const giveUpAt = performance.now() + HANG_MS / 2;
  while (timers() > than && performance.now() < giveUpAt)
    await new Promise((resolve) => setImmediate(resolve));
  expect(timers()).toBeLessThanOrEqual(than);
}

/** Longer than any test. */
const HOUR_MS = '3600000';

describe('a conversation', () => {
  test('sends every piped line and prints every answer, also those that come after the end of the input', async () => {
    const { url, received } = await serve((socket, message) => {
      const isLast = message.startsWith('Grüße');
      setTimeout(() => socket.send(`re: ${message}`, () => isLast && socket.close(1000)), 50);
    });
    const { code, stdout, stderr } = await holdline([url, '--wait', HOUR_MS], 'one\r\ntwo\n\nGrüße 响应');
    expect(received).toEqual(['one', 'two', '', 'Grüße 响应']);
    expect(stdout).toBe('re: one\nre: two\nre: \nre: Grüße 响应\n');
    expect([code, stderr]).toEqual([0, '']);
  });

  test('waits as long as it is told', async () => {
    const { url } = await serve((socket, message) => setTimeout(() => socket.send(message), 400));
    expect((await holdline([url, '--wait', '0'], 'late')).stdout).toBe('');
  });

  test('with --wait Infinity the server ends it', async () => {
    const { url } = await serve(
      undefined,
      {},
      (socket) =>
        void setTimeout(() => {
          socket.send('bye');
          socket.close(1000);
        }, 50),
    );
    expect(await holdline([url, '--wait', 'Infinity'])).toEqual({ code: 0, stdout: 'bye\n', stderr: '' });
  });

  test('says why the server closed, unless all is well', async () => {
    const { url } = await serve((socket) => socket.close(1008, 'too many\u001b[2J questions'));
    expect(await holdline([url, '--wait', HOUR_MS], 'one')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'holdline: The connection was closed with the code 1008. Connect again to send or receive more. ' +
        'The server says: too many\\u001b[2J questions\n',
    });
  });

  test('ends at once when the server closes cleanly, while the input is still open', async () => {
    const { url } = await serve((socket, message) => socket.send(message, () => socket.close(1000, 'done')));
    const input = new PassThrough();
    input.write('hello\n');
    const before = timers();
    expect(await holdline([url, '--wait', HOUR_MS], input)).toEqual({
      code: 0,
      stdout: 'hello\n',
      stderr: '',
    });
    await noMoreTimers(before); // the process could end now
  });

  test('leaves no timer behind when the server closes during the wait', async () => {
    const { url } = await serve((socket, message) => socket.send(message, () => socket.close(1000)));
    const before = timers();
    expect((await holdline([url, '--wait', HOUR_MS], 'hello')).stdout).toBe('hello\n');
    await noMoreTimers(before);
  });

  test('prints what could harm the terminal as escapes, and binary messages as numbers', async () => {
    const { url } = await serve((socket) => {
      socket.send('\u001b]0;owned\u0007\nnext');
      socket.send(new Uint8Array([0, 255]));
      socket.close(1000);
    });
    const { stdout } = await holdline([url, '--wait', HOUR_MS], 'go');
    expect(stdout).toBe('\\u001b]0;owned\\u0007\\nnext\n<binary, 2 B> 00 ff\n');
  });

  test('prints JSON', async () => {
    const { url } = await serve((socket) => {
      socket.send('a "b"');
      socket.send(new Uint8Array([1, 2, 3]));
      socket.close(1000);
    });
    const { stdout } = await holdline([url, '--json', '--wait', HOUR_MS], 'go');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { type: 'text', data: 'a "b"' },
      { type: 'binary', data: 'AQID' },
    ]);
  });

  test('offers subprotocols and sends header fields', async () => {
    const { url, headers } = await serve(undefined, { handleProtocols: () => 'second' });
    const args = ['-p', 'first', '-p', 'second', '-H', 'Authorization: Bearer s3cret', '--wait', '0'];
    expect((await holdline([url, ...args])).code).toBe(0);
    expect(headers[0]).toMatchObject({
      authorization: 'Bearer s3cret',
      'sec-websocket-protocol': expect.stringMatching(/^first, ?second$/),
    });
  });

  test('shows the frames on the standard error, so that the output stays clean', async () => {
    const { url } = await serve();
    const { stdout, stderr } = await holdline([url, '--trace', '--wait', '1000'], 'hi');
    expect(stdout).toBe('hi\n');
    const lines = stderr.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual(['-> text fin 2 B "hi"', '<- text fin 2 B "hi"']);
    expect(lines[2]).toMatch(/^-> close fin/);
  });

  test('sends much more than fits into the socket, in order', async () => {
    const { url, received } = await serve(() => {});
    const line = 'x'.repeat(100_000);
    const input = Array.from({ length: 60 }, (_, at) => `${at} ${line}`).join('\n');
    expect((await holdline([url, '--wait', '1000'], input)).code).toBe(0);
    expect(received.map((message) => Number.parseInt(message, 10))).toEqual(
      Array.from({ length: 60 }, (_, at) => at),
    );
  });

  test('ends cleanly when nobody reads the output any more', async () => {
    const { url } = await serve(
      undefined,
      {},
      (socket) => void setInterval(() => socket.send('tick'), 5).unref(),
    );
    let lines = 0;
    const stdout = new Writable({
      write: (_chunk, _encoding, done) =>
        done(++lines > 3 ? Object.assign(new Error('EPIPE'), { code: 'EPIPE' }) : null),
    });
    const options = parseArguments([url, '--wait', 'Infinity']) as Conversation;
    await converse(options, { stdin: new PassThrough(), stdout, stderr: new PassThrough() });
    expect(lines).toBe(4);
  });
});
