// Whole answers of servers, good and hostile, through the whole engine.
import { describe, expect, it } from 'vitest';
import type { HandshakeError } from '../../src/base/errors.ts';
import { answer, bytesOf, createHarness, httpAnswer, SAMPLE_ACCEPT, utf8 } from '../tools/engine-harness.ts';

/** The error that `text` (and then, if `ends`, the end of the stream) leads to. */
function refused(text: string | Uint8Array, ends = false, options = {}): HandshakeError {
  const { engine, failure, told } = createHarness(options);
  engine.receive(typeof text === 'string' ? bytesOf(text) : text);
  if (ends) {
    expect(told).toEqual([]);
    expect(engine.state).toBe('refused');
    engine.receiveEnd();
  }
  expect(engine.state).toBe('closed');
  expect(told).toHaveLength(1);
  return failure() as HandshakeError;
}

describe('answers that real servers send are accepted (attack 28)', () => {
  it.each([
    ['names of any case', answer().replace(/^[\w-]+:/gm, (name) => name.toUpperCase())],
    [
      'odd spacing',
      answer()
        .replace(/: /g, ':\t  ')
        .replace(/(\S)\r\n(?=\S)/g, '$1 \t\r\n'),
    ],
    ['no reason phrase', answer().replace(' Switching Protocols', '')],
    ['an empty reason phrase', answer().replace('Switching Protocols', '')],
    ['another reason phrase', answer().replace('Switching Protocols', 'Web Socket Protocol Handshake')],
    ['an interim answer before it', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answer()}`],
    ['a keep-alive', answer().replace('Connection: Upgrade', 'Connection: keep-alive, Upgrade')],
  ])('%s', (_, text) => {
    for (const step of [text.length, 1]) {
      const { engine, told } = createHarness();
      const bytes = bytesOf(text);
      for (let at = 0; at < bytes.length; at += step) engine.receive(bytes.subarray(at, at + step));
      expect(told).toEqual([['open', expect.objectContaining({ protocol: '' })]]);
    }
  });
});

describe('refusals keep what the server said', () => {
  it('a plain page: status, text and body (#29, attack 15)', () => {
    const error = refused(httpAnswer('200 OK', ['Content-Type: text/html', 'Content-Length: 5'], 'Hello'));
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 200, statusText: 'OK', body: 'Hello' });
    expect(error.headers?.get('content-type')).toBe('text/html');
    expect(error.message).toBe(
      'The server answered the WebSocket handshake with HTTP 200 OK instead of 101. It speaks plain HTTP there: check the path of the URL.',
    );
  });

  it('HTTP/1.0 200, whose body ends with the connection', () => {
    const text = httpAnswer('200 OK', [], 'old').replace('HTTP/1.1', 'HTTP/1.0');
    expect(refused(text, true)).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 200, body: 'old' });
  });

  it('204 and 304, which have no body', () => {
    expect(refused(httpAnswer('204 No Content'))).toMatchObject({
      code: 'HANDSHAKE_STATUS',
      status: 204,
      body: '',
    });
    expect(refused(httpAnswer('304 Not Modified'))).toMatchObject({
      code: 'HANDSHAKE_STATUS',
      status: 304,
      body: '',
    });
  });

  it('a redirect with a Location, and one without', () => {
    const fields = ['Location: https://u:hunter2@other/x?token=hunter2', 'Content-Length: 0'];
    const error = refused(httpAnswer('302 Found', fields));
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', status: 302 });
    expect(error.headers?.get('location')).toBe('https://other/x?[redacted]');
    const lost = refused(httpAnswer('302 Found', ['Content-Length: 0']));
    expect(lost).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 302 });
    expect(lost.message).not.toContain('Location');
  });

  it.each([
    ['301', ['Location: /next?token=x'], '/next?token=x'],
    ['308', ['Location: https://other/'], 'https://other/'],
    ['302', [], undefined],
    ['302', ['Location: /a', 'Location: /b'], undefined],
    ['300', ['Location: /a'], undefined],
    ['304', ['Location: /a'], undefined],
    ['401', ['Location: /a'], undefined],
  ])('%s with %j leads to %s', (status, fields, location) => {
    const { engine } = createHarness();
    expect(engine.location).toBeUndefined();
    engine.receive(bytesOf(httpAnswer(`${status} Moved`, [...fields, 'Content-Length: 0'])));
    expect(engine.location).toBe(location);
  });

  it('401 with a body in chunks, one byte at a time', () => {
    const { engine, failure } = createHarness();
    const body = '4\r\nlog \r\n2\r\nin\r\n0\r\n\r\n';
    for (const byte of bytesOf(httpAnswer('401 Unauthorized', ['Transfer-Encoding: chunked'], body))) {
      engine.receive(Uint8Array.of(byte));
    }
    expect(failure()).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 401, body: 'log in' });
    expect(failure().message).toContain('Check the credentials and the origin.');
  });

  it('426 with the versions that the server speaks (#40)', () => {
    const error = refused(
      httpAnswer('426 Upgrade Required', ['Sec-WebSocket-Version: 8', 'Content-Length: 0']),
    );
    expect(error.message).toContain('It speaks WebSocket version 8; this client speaks 13 only.');
    expect(error.headers?.get('sec-websocket-version')).toBe('8');
  });

  it('503 with Retry-After in seconds', () => {
    expect(refused(httpAnswer('503 x', ['Retry-After: 7', 'Content-Length: 0'])).retryAfter).toBe(7_000);
  });

  it('503 with Retry-After as a date', () => {
    const fields = ['Date: Sat, 21 Nov 2026 10:00:00 GMT', 'Retry-After: Sat, 21 Nov 2026 10:01:00 GMT'];
    expect(refused(httpAnswer('503 x', [...fields, 'Content-Length: 0'])).retryAfter).toBe(60_000);
  });

  it('a body over the limit, told as soon as 4 KiB have come', () => {
    expect(refused(httpAnswer('500 x', [], 'y'.repeat(5_000))).body).toBe('y'.repeat(4_096));
  });

  it('a body cut short by the end of the connection', () => {
    expect(refused(httpAnswer('404 x', ['Content-Length: 100'], 'part'), true)).toMatchObject({
      code: 'HANDSHAKE_STATUS',
      status: 404,
      body: 'part',
    });
  });

  it('a body as UTF-8', () => {
    const page = Buffer.concat([bytesOf(httpAnswer('404 x', ['Content-Length: 6'])), utf8('再见')]);
    expect(refused(page).body).toBe('再见');
  });

  it('no cookie, in no field of the error (promise 9)', () => {
    const fields = ['Set-Cookie: sid=hunter2', 'X-Auth-Token: hunter2', 'Content-Length: 0'];
    const error = refused(httpAnswer('403 x', fields));
    expect([...(error.headers ?? [])]).toEqual([
      ['set-cookie', '[redacted]'],
      ['x-auth-token', '[redacted]'],
      ['content-length', '0'],
    ]);
  });
});

describe('a 101 that breaks a rule fails, and no byte behind it is read as a frame (attacks 15, 16)', () => {
  const frames = '\u0081\u0005Hello\u0089\u0000';
  it.each([
    ['HANDSHAKE_MALFORMED', answer().replace('HTTP/1.1', 'HTTP/1.0')],
    ['HANDSHAKE_UPGRADE', answer().replace('Upgrade: websocket\r\n', '')],
    ['HANDSHAKE_CONNECTION', answer('Connection: Upgrade')],
    ['HANDSHAKE_ACCEPT', answer(`Sec-WebSocket-Accept: ${SAMPLE_ACCEPT}`)],
    ['HANDSHAKE_ACCEPT', answer().replace(SAMPLE_ACCEPT, `${SAMPLE_ACCEPT.slice(0, -2)}p=`)],
    ['HANDSHAKE_MALFORMED', answer('Content-Length: 7')],
    ['HANDSHAKE_MALFORMED', answer('Transfer-Encoding: chunked')],
    ['HANDSHAKE_EXTENSION', answer('Sec-WebSocket-Extensions: permessage-deflate')],
    ['HANDSHAKE_PROTOCOL', answer('Sec-WebSocket-Protocol: chat')],
    ['HANDSHAKE_PROTOCOL', answer('Sec-WebSocket-Protocol: \u00ff\u0080')],
    ['HANDSHAKE_PROTOCOL', answer('Sec-WebSocket-Protocol: __proto__')],
    ['HANDSHAKE_PROTOCOL', answer('Sec-WebSocket-Protocol: constructor')],
    ['HANDSHAKE_MALFORMED', answer('X: a\0b')],
    ['HANDSHAKE_MALFORMED', answer('X: a\r\n folded')],
    ['HANDSHAKE_MALFORMED', answer('X : a')],
    ['HANDSHAKE_MALFORMED', answer().replaceAll('\r\n', '\n')],
    ['HANDSHAKE_HEADERS_TOO_LARGE', answer(...new Array(126).fill('X: y'))],
    ['HANDSHAKE_HEADERS_TOO_LARGE', answer(`X: ${'y'.repeat(8_190)}`)],
    ['HANDSHAKE_HEADERS_TOO_LARGE', answer(...new Array(3).fill(`X: ${'y'.repeat(8_000)}`))],
  ])('%s (%#)', (code, text) => {
    const { engine, told, written } = createHarness();
    written();
    engine.receive(bytesOf(text + frames));
    engine.receive(bytesOf(frames));
    engine.receiveEnd();
    expect(told).toEqual([
      ['failure', expect.objectContaining({ name: 'HandshakeError', code, phase: 'http' })],
    ]);
    expect(written()).toHaveLength(0);
  });

  it('one that is missing the subprotocol asked for fails too (#105)', () => {
    expect(refused(answer(), false, { protocols: ['chat'] })).toMatchObject({
      code: 'HANDSHAKE_PROTOCOL',
      received: '',
      expected: 'one of those offered',
    });
  });
});
