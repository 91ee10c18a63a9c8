/** Secrets in every place that a program can put them, looked for in everything that comes out again. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loginLoop } from '../../src/auth/login-loop.ts';
import { consoleTrace } from '../../src/client/console-trace.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { jsonLines } from '../../src/client/records/lines.ts';
import { trace } from '../../src/client/trace.ts';
import { raw } from '../../src/messaging/raw.ts';
import { type TcpOptions, WebSocket } from '../../src/node.ts';
import { closeFrame, serverFrame, TEXT } from '../tools/server-frame.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from './hostile-server.ts';

/** Unlike anything that is not a secret. */
const SECRETS = {
  query: 'sesame-query-0a1b',
  user: 'sesame-user-2c3d',
  password: 'sesame-password-4e5f',
  authorization: 'sesame-authorization-6a7b',
  cookie: 'sesame-cookie-8c9d',
  setCookie: 'sesame-set-cookie-0e1f',
  subprotocol: 'sesame-subprotocol-2a3b',
  login: 'sesame-login-4c5d',
  message: 'sesame-message-6e7f',
  proxyUser: 'sesame-proxy-user-8a9b',
  proxyPassword: 'sesame-proxy-password-0c1d',
};

/** Each as it is, and as HTTP and URLs write it. */
const forms = Object.values(SECRETS).flatMap((secret) => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]);
const basic = [
  Buffer.from(`${SECRETS.user}:${SECRETS.password}`).toString('base64'),
  Buffer.from(`${SECRETS.proxyUser}:${SECRETS.proxyPassword}`).toString('base64'),
];

let server: HostileServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Everything that a run lets out: what is printed, thrown, told and asked for. */
class Output {
  readonly #parts: string[] = [];

  constructor() {
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
      vi.spyOn(console, name).mockImplementation((...values) => this.add(...values));
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        this.add(String(text));
        return true;
      });
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => this.add(warning));
  }

  add(...values: unknown[]): void {
    for (const value of values) {
      this.#parts.push(typeof value === 'string' ? value : inspect(value, { depth: 12, showHidden: true }));
      if (value instanceof Error) this.#parts.push(value.message, String(value.stack), JSON.stringify(value));
    }
  }

  /** The secrets in it. */
  leaks(): string[] {
    vi.restoreAllMocks();
    const text = this.#parts.join('\n');
    expect(text.length).toBeGreaterThan(100);
    return [...forms, ...basic].filter((secret) => text.includes(secret));
  }
}

const fields = {
  headers: { Authorization: `Bearer ${SECRETS.authorization}`, Cookie: `session=${SECRETS.cookie}` },
};

function secretUrl(url: string): string {
  const target = new URL(url);
  target.username = SECRETS.user;
  target.password = SECRETS.password;
  target.pathname = '/socket';
  target.searchParams.set('access_token', SECRETS.query);
  return target.href;
}

async function byConnect(url: string, options: TcpOptions, output: Output): Promise<void> {
  try {
    const socket = await connect(url, {
      protocols: ['chat', SECRETS.subprotocol],
      handshakeTimeout: 300,
      trace: consoleTrace(),
      ...options,
    });
    output.add(socket);
    socket.send(SECRETS.message);
    for await (const message of socket) void message;
    output.add(await socket.closed);
  } catch (error) {
    output.add(error);
  }
}

async function byClient(url: string, options: TcpOptions, output: Output): Promise<void> {
  const client = createClient({
    url: () => url,
    protocols: ['chat', SECRETS.subprotocol],
    envelope: raw(),
    auth: loginLoop({ answer: () => SECRETS.login, maxTurns: 1, replyTimeout: 300 }),
    reconnect: { maxAttempts: 2, firstDelay: 1, connectTimeout: 300 },
    use: [trace(), trace(jsonLines((line) => output.add(line)))],
    ...options,
  });
  for (const event of ['state', 'ready', 'error', 'lost', 'drop', 'gap', 'closed'] as const)
    client.on(event, (told) => output.add(event, told));
  const ended = new Promise((resolve) => client.once('closed', resolve));
  const sent = client.send(SECRETS.message).then(
    (result) => output.add(result),
    (error) => output.add(error),
  );
  await ended;
  await sent;
  output.add(client, client.state, client.why(), client.stats());
}

async function byClass(url: string, options: TcpOptions, output: Output): Promise<void> {
  const socket = new WebSocket(url, ['chat', SECRETS.subprotocol], {
    handshakeTimeout: 300,
    trace: consoleTrace(),
    ...options,
  });
  socket.addEventListener('open', () => socket.send(SECRETS.message));
  socket.addEventListener('error', (event) => output.add(event));
  await new Promise<void>((resolve) => {
    socket.addEventListener('close', (event) => {
      // The URL is an attribute of the standard and holds what the program put there.
      output.add(event, event.reason, event.error);
      resolve();
    });
  });
}

const answers: [what: string, serve: (connection: HostileConnection) => unknown][] = [
  [
    '401 with a challenge',
    (connection) => refuse(connection, '401 Unauthorized', 'WWW-Authenticate: Bearer'),
  ],
  ['a redirect', (connection) => refuse(connection, '302 Found', `Location: /login?next=${SECRETS.query}`)],
  ['429', (connection) => refuse(connection, '429 Too Many', 'Retry-After: 0')],
  [
    'the offered token as the subprotocol, with a wrong Accept',
    (connection) =>
      connection.socket.end(
        connection.answer(`Sec-WebSocket-Protocol: ${SECRETS.subprotocol}`).replace(connection.accept, 'x'),
      ),
  ],
  [
    'the offered token as the subprotocol, changed',
    (connection) =>
      connection.socket.end(connection.answer(`Sec-WebSocket-Protocol: ${SECRETS.subprotocol}, chat`)),
  ],
  ['garbage', (connection) => connection.socket.end('no HTTP at all\r\n\r\n')],
  ['nothing', () => {}],
  ['a reset', (connection) => connection.socket.resetAndDestroy()],
  [
    'yes, then a broken frame',
    async (connection) => {
      await connection.write(connection.answer('Sec-WebSocket-Protocol: chat'));
      connection.eachFrame(() => connection.write(Uint8Array.of(0x83, 0)));
    },
  ],
  [
    'yes, a good login, then 1011',
    async (connection) => {
      await connection.write(connection.answer('Sec-WebSocket-Protocol: chat'));
      let frames = 0;
      connection.eachFrame(() => {
        frames++;
        if (frames === 1) void connection.write(serverFrame(TEXT, 'True'));
        setTimeout(() => connection.socket.end(closeFrame(1011, 'sorry')), 20);
      });
    },
  ],
];

function refuse(connection: HostileConnection, status: string, line: string): void {
  const cookie = `Set-Cookie: session=${SECRETS.setCookie}; HttpOnly`;
  connection.socket.end(`HTTP/1.1 ${status}\r\n${line}\r\n${cookie}\r\nContent-Length: 2\r\n\r\nno`);
}

const WAYS = { connect: byConnect, createClient: byClient, WebSocket: byClass };
const cases = answers.flatMap(([what, serve]) =>
  (Object.keys(WAYS) as (keyof typeof WAYS)[]).map((way) => [what, way, serve] as const),
);

describe('no secret comes out again (attack 25)', () => {
  it.each(cases)('when the server answers %s: %s', async (_what, way, serve) => {
    server = await startHostileServer(serve);
    const output = new Output();
    await WAYS[way](secretUrl(server.url), fields, output);
    expect(output.leaks()).toEqual([]);
  });

  it.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('when nobody is there: %s', async (way) => {
    const output = new Output();
    await WAYS[way](secretUrl('ws://127.0.0.1:9'), fields, output);
    await WAYS[way](secretUrl('wss://no-such-host.invalid'), fields, output);
    expect(output.leaks()).toEqual([]);
  });

  it.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('when a proxy refuses: %s', async (way) => {
    server = await startHostileServer((connection) => refuse(connection, '407 Who?', 'X: y'));
    const proxy = `http://${SECRETS.proxyUser}:${SECRETS.proxyPassword}@127.0.0.1:${server.port}`;
    const output = new Output();
    await WAYS[way](secretUrl('wss://example.invalid'), { ...fields, proxy }, output);
    expect(server.connections.length).toBeGreaterThan(0);
    expect(server.connections[0]?.head).toContain(basic[1]);
    expect(output.leaks()).toEqual([]);
  });

  it('not even the reason of a Close, in any text: it is for programs, in its field (#70)', async () => {
    const reason = 'sesame-reason-1a2b';
    for (const way of ['connect', 'WebSocket'] as const) {
      server = await startHostileServer(async (connection) => {
        await connection.write(connection.answer('Sec-WebSocket-Protocol: chat'));
        connection.eachFrame(() => connection.socket.end(closeFrame(1011, reason)));
      });
      const texts: string[] = [];
      const output = { add: (...values: unknown[]) => values.forEach(note) } as Output;
      const note = (value: unknown): void => {
        if (value instanceof Error) texts.push(value.message, String(value.stack));
      };
      await WAYS[way](server.url, {}, output);
      await server.close();
      expect(texts.join()).not.toContain(reason);
    }
  });

  it('when the arguments are wrong', async () => {
    const output = new Output();
    const bad: (() => unknown)[] = [
      () => connect(`${secretUrl('ws://h')}#fragment`),
      () => connect(secretUrl('ftp://h')),
      () => connect(`ws://h/\n${SECRETS.query}`),
      () => connect(secretUrl('ws://127.0.0.1').replace('127.0.0.1', 'a b')),
      () => connect('ws://h', { headers: { Authorization: `Bearer\n${SECRETS.authorization}` } }),
      () => connect('ws://h', { headers: { [`${SECRETS.authorization}:`]: 'x' } }),
      () => connect('ws://h', { protocols: [`${SECRETS.subprotocol} x`] }),
      () => connect('ws://h', { protocols: [SECRETS.subprotocol, SECRETS.subprotocol] }),
      () => connect('ws://h', { proxy: `ftp://${SECRETS.proxyUser}:${SECRETS.proxyPassword}@h` }),
      () => connect('ws://h', { proxy: `http://${SECRETS.proxyUser}:${SECRETS.proxyPassword}@a b` }),
      () => createClient({ url: `${secretUrl('ws://h')}#fragment` }),
      () => new WebSocket(`${secretUrl('ws://h')}#fragment`),
      () => new WebSocket('ws://h', [`${SECRETS.subprotocol} x`]),
    ];
    for (const call of bad)
      await expect(async () => call()).rejects.toSatisfy((error) => {
        output.add(error);
        return true;
      });
    expect(output.leaks()).toEqual([]);
  });
});

it('the search would find a secret: in a header, in base64, in a nested field', () => {
  const output = new Output();
  console.log('x'.repeat(100), { a: { b: { c: [SECRETS.login] } } });
  output.add(new Error('x', { cause: { headers: new Map([['authorization', `Basic ${basic[0]}`]]) } }));
  expect(output.leaks()).toEqual([SECRETS.login, basic[0]]);
});
