// Bad input as a user meets it: through connect() and createClient() of the Node entry, each with a stable code, a
// text that says what to do, no secret in it, and an end.
import { describe, expect, inject, it } from 'vitest';
import {
  type ClientOptions,
  type ConnectOptions,
  connect,
  createClient,
  HandshakeError,
  isHoldlineError,
  ProtocolError,
  UsageError,
} from '../../src/index.node.ts';

const server = inject('conformanceUrl');
const SECRET = 'token=s3cr3t';

async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code: string }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isHoldlineError(error)) throw new Error(`Not an error of holdline: ${String(error)}`);
  expect(error.message).not.toContain('s3cr3t');
  // What happened, and what to do: more than a slogan.
  expect(error.message).toMatch(/^[A-Z].+[.:,] .+\.$/);
  return error;
}

describe('a wrong argument is refused before a byte is sent', () => {
  const rows: [what: string, code: string, url: string, options?: ConnectOptions][] = [
    ['no URL at all', 'INVALID_URL', `not a url ${SECRET}`],
    ['a relative URL', 'INVALID_URL', `/path?${SECRET}`],
    ['another scheme', 'INVALID_URL', `ftp://127.0.0.1/?${SECRET}`],
    ['a fragment', 'INVALID_URL', `${server}/echo?${SECRET}#part`],
    [
      'a header with CR LF',
      'INVALID_HEADER',
      `${server}/echo`,
      { headers: { 'X-A': `${SECRET}\r\nX-B: 1` } },
    ],
    ['headers as lines', 'INVALID_HEADER', `${server}/echo`, { headers: [`Cookie: ${SECRET}`] as never }],
    ['a list of URLs', 'INVALID_OPTION', [`${server}/echo`, `${server}/echo`] as never],
    ['a header name with a space', 'INVALID_HEADER', `${server}/echo`, { headers: { 'X A': SECRET } }],
    ['a header of the handshake', 'INVALID_HEADER', `${server}/echo`, { headers: { Host: SECRET } }],
    ['a repeated subprotocol', 'INVALID_SUBPROTOCOL', `${server}/echo`, { protocols: ['a', 'a'] }],
    ['an illegal subprotocol', 'INVALID_SUBPROTOCOL', `${server}/echo`, { protocols: 'a b' }],
    ['a deadline that is no number', 'INVALID_OPTION', `${server}/echo`, { handshakeTimeout: Number.NaN }],
  ];
  it.each(rows)('%s: %s', async (_, code, url, options) => {
    const error = await failureOf(connect(url, options));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.code).toBe(code);
  });

  it.each([
    [{ url: 'ftp://127.0.0.1' }, 'INVALID_URL'],
    [{ url: `${server}/echo`, protocols: ['a', 'a'] }, 'INVALID_SUBPROTOCOL'],
    [{ url: `${server}/echo`, requestTimeout: -1 }, 'INVALID_OPTION'],
  ] satisfies [ClientOptions, string][])('createClient throws at once: %j', (options, code) => {
    expect(() => createClient(options)).toThrow(expect.objectContaining({ name: 'UsageError', code }));
  });
});

describe('a handshake that fails says why', () => {
  it.each([
    [200, 'HANDSHAKE_STATUS'],
    [401, 'HANDSHAKE_STATUS'],
    [404, 'HANDSHAKE_STATUS'],
    [503, 'HANDSHAKE_STATUS'],
  ])('status %d: %s, with status, text and body', async (status, code) => {
    const error = await failureOf(connect(`${server}/refuse?status=${status}&${SECRET}`));
    expect(error).toBeInstanceOf(HandshakeError);
    const { statusText, body, retryAfter, phase } = error as HandshakeError;
    expect(error).toMatchObject({ code, status });
    expect(error.message).toContain(String(status));
    expect({ statusText, phase, retryAfter }).toEqual({
      statusText: 'Because',
      phase: 'http',
      retryAfter: 7000,
    });
    expect(body).not.toBe('');
  });

  it.each([
    ['/wrong-accept', 'HANDSHAKE_ACCEPT'],
    ['/foreign-subprotocol', 'HANDSHAKE_PROTOCOL'],
    ['/garbage-head', 'HANDSHAKE_MALFORMED'],
    ['/end-handshake', 'HANDSHAKE_CLOSED'],
  ])('%s: %s', async (path, code) => {
    expect(await failureOf(connect(`${server}${path}?${SECRET}`))).toMatchObject({
      name: 'HandshakeError',
      code,
    });
  });

  it('refused connection: CONNECT, with the code of the system', async () => {
    const socket = await connect(`${server}/closed-port`);
    const port = await socket.receive();
    await socket.close();
    const error = await failureOf(connect(`ws://127.0.0.1:${port}/?${SECRET}`));
    expect(error).toMatchObject({ code: 'CONNECT', phase: 'tcp', cause: { code: 'ECONNREFUSED' } });
  });

  it('unknown host: DNS', async () => {
    const error = await failureOf(connect(`ws://no-such-host.invalid/?${SECRET}`));
    expect(error).toMatchObject({ code: 'DNS', phase: 'dns' });
  });

  it('a server that says nothing: TIMEOUT at the deadline, with the phase', async () => {
    const begin = performance.now();
    const error = await failureOf(connect(`${server}/never?${SECRET}`, { handshakeTimeout: 1_000 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', phase: 'http' });
    expect(performance.now() - begin).toBeGreaterThan(990);
  });

  it('the caller gives up: the reason of the signal', async () => {
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    const opening = connect(`${server}/never`, { signal: abort.signal });
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  it.each([
    [404, 'closed', 'HANDSHAKE_STATUS'],
    [503, 'waiting', 'HANDSHAKE_STATUS'],
  ])('a client stops or waits by the status: %d', async (status, expected, code) => {
    const client = createClient({ url: `${server}/refuse?status=${status}&${SECRET}` });
    const settled = new Promise((resolve) => {
      client.on('state', ({ current }) => current.status === expected && resolve(current));
    });
    client.connect();
    await settled;
    expect(client.why().lastError).toMatchObject({ code, status });
    expect(client.why().rule).toContain(status === 404 ? '404' : 'Retry-After');
    await client.close();
    expect(client.state.status).toBe('closed');
  });
});

describe('garbage after the handshake', () => {
  it('ends what waits with what was wrong, and takes nothing more', async () => {
    const socket = await connect(`${server}/garbage`);
    const error = await failureOf(socket.receive());
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'PROTOCOL', closeCode: 1002 });
    expect(await socket.closed).toMatchObject({ code: 1006, wasClean: false, error: { code: 'PROTOCOL' } });
    expect(() => socket.send('more')).toThrow(
      expect.objectContaining({ outcome: 'not-sent', cause: expect.objectContaining({ code: 'PROTOCOL' }) }),
    );
  });
});
