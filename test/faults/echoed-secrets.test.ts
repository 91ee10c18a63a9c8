/** Servers that repeat what they were sent, anywhere and in any spelling: nothing of it may be kept. */
import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { bearer } from '../../src/auth/bearer.ts';
import { firstMessage } from '../../src/auth/first-message.ts';
import { login } from '../../src/auth/login.ts';
import { loginLoop } from '../../src/auth/login-loop.ts';
import { queryToken } from '../../src/auth/query-token.ts';
import { subprotocolToken } from '../../src/auth/subprotocol-token.ts';
import { AuthError } from '../../src/base/errors.ts';
import { createClient as createPageClient } from '../../src/client/create-client.browser.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { diagnostics } from '../../src/client/diagnostics.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { jsonLines, textLines } from '../../src/client/records/lines.ts';
import { trace } from '../../src/client/trace.ts';
import { raw } from '../../src/messaging/raw.ts';
import { WebSocket } from '../../src/node.ts';
import { otel } from '../../src/otel/otel.ts';
import { nativeTransport } from '../../src/transport/native/native-transport.ts';
import { type Certificate, createCertificate } from '../tools/certificates.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { BINARY, closeFrame, serverFrame, TEXT } from '../tools/server-frame.ts';
import { SPELLINGS } from '../tools/spellings.ts';
import { lookupLoopback, startTlsServer } from '../tools/tls-server.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from './hostile-server.ts';

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(serve: (connection: HostileConnection) => unknown): Promise<HostileServer> {
  const server = await startHostileServer(serve);
  servers.push(server);
  return server;
}

/** Everything of a value that a program prints, stores or sends on. */
function shown(value: unknown): string {
  const texts = [inspect(value, { depth: 9, showHidden: true, maxStringLength: null }), String(value)];
  for (let error = value; error instanceof Error; error = error.cause)
    texts.push(error.message, String(error.stack), asJson(error));
  return texts.join('\n');
}

/** Node's own error of a wrong certificate holds a circle. */
function asJson(error: Error): string {
  try {
    return JSON.stringify(error);
  } catch {
    return '';
  }
}

/** Hears every channel of diagnostics_channel that a client publishes on. */
function hearChannels(told: unknown[]): () => void {
  const types = ['connect', 'phase', 'open', 'frame', 'close', 'state', 'request', 'reply', 'drop', 'error'];
  const stops = types.map((type) => {
    const one = channel(`holdline:${type}`);
    const listener = (message: unknown): void => void told.push(shown(message), JSON.stringify(message));
    one.subscribe(listener);
    return () => one.unsubscribe(listener);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

/** Makes a client, waits for its end, and gives back all that it has told, traces, channels and spans included. */
async function lifeOf(options: ClientOptions, make: typeof createClient = createClient): Promise<string> {
  const told: unknown[] = [];
  const deaf = hearChannels(told);
  const spans = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const client = make({
    reconnect: false,
    heartbeat: false,
    closeTimeout: 20, // these servers answer no Close
    use: [
      trace(
        textLines((line) => told.push(line)),
        { preview: Number.POSITIVE_INFINITY },
      ),
      trace(
        jsonLines((line) => told.push(line)),
        { preview: 40 },
      ),
      diagnostics({ preview: Number.POSITIVE_INFINITY }),
      otel({ tracer: provider.getTracer('test') }),
    ],
    ...options,
  });
  const events = ['state', 'ready', 'error', 'lost', 'drop', 'gap', 'closed'] as const;
  for (const event of events) client.on(event, (what) => told.push(shown(what)));
  const closed = new Promise((resolve) => client.once('closed', resolve));
  const tell = (): unknown =>
    told.push(shown(client.why()), shown(client.state), shown(client), client.why().summary);
  client.on('state', tell);
  await client.ready().then(
    (state) => told.push(shown(state)),
    (error) => told.push(shown(error)),
  );
  await closed;
  tell();
  deaf();
  await provider.forceFlush();
  for (const { name, attributes, status, events } of spans.getFinishedSpans())
    told.push(shown({ name, attributes, status, events }));
  return told.join('\n');
}

/** What no output may hold: the secret as it is, and as the server wrote it. */
function expectNone(output: string, secret: string, spelled = secret): void {
  expect(output.length).toBeGreaterThan(100);
  for (const text of [secret, spelled, encodeURIComponent(secret), Buffer.from(secret).toString('base64url')])
    expect(output.toLowerCase()).not.toContain(text.toLowerCase());
}

function refuse(connection: HostileConnection, head: string, body: string): void {
  const bytes = Buffer.from(body);
  connection.socket.write(`HTTP/1.1 ${head}\r\nContent-Length: ${bytes.length}\r\n\r\n`, 'latin1');
  connection.socket.end(bytes);
}

/** Where a secret goes in. */
const ENTRIES: Record<string, (url: string, secret: string) => ClientOptions> = {
  bearer: (url, token) => ({ url, auth: bearer({ token }) }),
  queryToken: (url, token) => ({ url, auth: queryToken({ token }) }),
  subprotocolToken: (url, token) => ({ url, auth: subprotocolToken({ token }) }),
  'the password of the URL': (url, secret) => ({
    url: url.replace('//', `//user:${encodeURIComponent(secret)}@`),
  }),
  'the query of the URL': (url, secret) => ({ url: `${url}/?access_token=${encodeURIComponent(secret)}` }),
  'a header': (url, secret) => ({ url, headers: { 'X-Own': secret } }),
  'a cookie': (url, secret) => ({ url, headers: { Cookie: `a=b; session=${secret}; c=d` } }),
  'Basic of the caller’s': (url, secret) => ({
    url,
    headers: { Authorization: `Basic ${Buffer.from(`somebody:${secret}`).toString('base64')}` },
  }),
  'a subprotocol': (url, secret) => ({ url, protocols: ['chat', secret] }),
  'an authenticator of the caller’s': (url, secret) => ({
    url,
    auth: { prepare: () => ({ headers: { Authorization: `Token ${secret}` } }) },
  }),
};

/** Where a refusal repeats it. */
const PLACES: Record<string, (connection: HostileConnection, spelled: string) => void> = {
  'the body': (connection, spelled) => refuse(connection, '400 No', `<p>Unknown: ${spelled}!</p>`),
  'the status text': (connection, spelled) => refuse(connection, `401 No ${spelled}, sorry`, ''),
  'a header': (connection, spelled) => refuse(connection, `403 No\r\nX-Seen: (${spelled})`, ''),
  'the name of a header': (connection, spelled) =>
    refuse(connection, `403 No\r\nX-${spelled.replace(/[^\w.-]/g, '')}: 1`, ''),
  'Location, not followed': (connection, spelled) =>
    refuse(connection, `302 Found\r\nLocation: /login/${spelled}?next=${spelled}`, ''),
  'the realm of a challenge': (connection, spelled) =>
    refuse(connection, `401 No\r\nWWW-Authenticate: Bearer realm="${spelled}"`, ''),
  'a wrong subprotocol': (connection, spelled) =>
    void connection.socket.end(connection.answer(`Sec-WebSocket-Protocol: x${spelled}`), 'latin1'),
  'a wrong extension': (connection, spelled) =>
    void connection.socket.end(connection.answer(`Sec-WebSocket-Extensions: x-${spelled}`), 'latin1'),
  'a wrong Accept': (connection, spelled) =>
    void connection.socket.end(connection.answer('X: y').replace(connection.accept, spelled), 'latin1'),
  'the reason of a Close': async (connection, spelled) => {
    const offered = connection.field('Sec-WebSocket-Protocol')?.split(', ')[0];
    const lines = [
      `X-Seen: ${spelled}`,
      ...(offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${offered}`]),
    ];
    await connection.write(connection.answer(...lines));
    connection.socket.end(closeFrame(4401, `bad:${spelled}`.slice(0, 123)));
  },
};

const TOKEN = 'eyJhbGci.Zm9vYmFyYmF6-cXV4_Q';

describe('a server that repeats a credential (attack 32)', () => {
  const cases = Object.keys(ENTRIES).flatMap((entry) =>
    Object.keys(PLACES).map((place) => [entry, place] as const),
  );
  it.each(cases)('given as %s, in %s', async (entry, place) => {
    const { url } = await start((connection) => PLACES[place]?.(connection, TOKEN));
    expectNone(await lifeOf(ENTRIES[entry]?.(url, TOKEN) as ClientOptions), TOKEN);
  });

  it(
    'whatever it is, wherever it goes in, wherever and however it comes back',
    async () => {
      const secrets = fc
        .array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~'), {
          minLength: 14,
          maxLength: 60,
        })
        .map((letters) => letters.join(''))
        .filter((secret) => new Set(secret.replace(/\W|_/g, '')).size > 9);
      const places = fc.constantFrom(...Object.keys(PLACES));
      const { 'cut off': _, ...whole } = SPELLINGS;
      await fc.assert(
        fc.asyncProperty(
          secrets,
          fc.constantFrom(...Object.keys(ENTRIES)),
          places,
          fc.constantFrom(...Object.values(whole)),
          async (secret, entry, place, spell) => {
            const spelled = spell(secret);
            const { url, close } = await startHostileServer((connection) =>
              PLACES[place]?.(connection, spelled),
            );
            const output = await lifeOf(ENTRIES[entry]?.(url, secret) as ClientOptions);
            await close();
            expectNone(output, secret, spelled.slice(0, 100));
          },
        ),
        { numRuns: Math.ceil(PROPERTY_RUNS / 20) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it.each(Object.entries({ bearer, queryToken, subprotocolToken }))(
    'given as %s, once there is a new one',
    async (_name, make) => {
      let attempts = 0;
      const { url } = await start((connection) =>
        refuse(connection, ++attempts === 1 ? '401 No' : `403 No ${TOKEN}`, `${TOKEN} was withdrawn`),
      );
      const auth = make({ token: TOKEN, refresh: () => 'another-token-of-the-user' });
      const output = await lifeOf({ url, auth, reconnect: { maxAttempts: 3 } });
      expect(output).toContain('403 No [redacted]');
      expectNone(output, TOKEN);
    },
  );

  it('that the limit of a body cuts in two', async () => {
    const { url } = await start((connection) => refuse(connection, '400 No', 'x'.repeat(4_096 - 20) + TOKEN));
    const output = await lifeOf({ url, auth: bearer({ token: TOKEN }) });
    expectNone(output, TOKEN.slice(0, 20));
  });

  it('behind a redirect that is followed', async () => {
    const second = await start((connection) => refuse(connection, '500 Oops', `you came with ${TOKEN}`));
    const first = await start((connection) =>
      refuse(connection, `307 Elsewhere\r\nLocation: ${second.url.replace('ws', 'http')}/?was=${TOKEN}`, ''),
    );
    const output = await lifeOf({ url: first.url, auth: queryToken({ token: TOKEN }), redirects: 1 });
    expect(output).toContain('500');
    expectNone(output, TOKEN);
  });

  it('to connect() and to the WebSocket class', async () => {
    const { url } = await start((connection) => PLACES['the body']?.(connection, TOKEN));
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const error = await connect(url, { headers }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 400, body: '<p>Unknown: [redacted]!</p>' });
    expectNone(shown(error), TOKEN);
    const socket = new WebSocket(url, [], { headers });
    const event = await new Promise<{ error?: unknown }>((resolve) => {
      socket.onclose = resolve as never;
    });
    expectNone(shown(event.error), TOKEN);
  });

  it('in the state of an open connection, as a header or as the subprotocol that it chose', async () => {
    const { url } = await start((connection) => {
      connection.socket.write(
        connection.answer(`X-Seen: ${TOKEN}`, `Sec-WebSocket-Protocol: ${TOKEN}`),
        'latin1',
      );
    });
    const client = createClient({ url, auth: subprotocolToken({ token: TOKEN }), closeTimeout: 20 });
    const state = await client.ready();
    expect(state.protocol).toBe('[redacted]');
    expect(state.headers?.get('x-seen')).toBe('[redacted]');
    await client.close({ flush: false });
  });

  it('but a subprotocol that was named in the options, and chosen, is no secret', async () => {
    const { url } = await start((connection) => {
      connection.socket.write(connection.answer('Sec-WebSocket-Protocol: graphql-transport-ws'));
    });
    const socket = await connect(url, {
      protocols: ['graphql-transport-ws', 'v2.bearer.1234'],
      closeTimeout: 20,
    });
    expect(socket.protocol).toBe('graphql-transport-ws');
    expect(socket.headers?.get('sec-websocket-protocol')).toBe('graphql-transport-ws');
    await socket.close();
  });
});

describe('a server that repeats a credential to a page (attack 32)', () => {
  const transport = nativeTransport({ WebSocket: WsWebSocket as never });
  const NATIVE: Record<string, (url: string, token: string) => ClientOptions> = {
    queryToken: (url, token) => ({ url, auth: queryToken({ token }) }),
    subprotocolToken: (url, token) => ({ url, auth: subprotocolToken({ token }) }),
    'the query of the URL': (url, token) => ({ url: `${url}/?access_token=${token}` }),
    'a subprotocol': (url, token) => ({ url, protocols: ['chat', token] }),
    firstMessage: (url, token) => ({
      url,
      envelope: raw(),
      auth: firstMessage({ token, accepted: () => true, replyTimeout: 200 }),
    }),
    loginLoop: (url, token) => ({
      url,
      envelope: raw(),
      auth: loginLoop({ answer: () => token, maxTurns: 2, replyTimeout: 200 }),
    }),
  };
  /** Opens, and says it in a message and a Close once it knows it: at once, or from what is sent. */
  const told = async (connection: HostileConnection): Promise<void> => {
    const offered = connection.field('Sec-WebSocket-Protocol')?.split(', ')[0];
    const lines = offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${offered}`];
    await connection.write(connection.answer(...lines));
    const end = async (): Promise<void> => {
      await connection.write(serverFrame(TEXT, `hello ${TOKEN}`));
      connection.socket.end(closeFrame(4401, `bad:${TOKEN}`.slice(0, 123)));
    };
    connection.eachFrame(() => void end());
    if (connection.head.includes(TOKEN)) await end();
  };
  const cases = Object.keys(NATIVE).flatMap((entry) =>
    Object.keys({ ...PLACES, 'a message and a Close': told }).map((place) => [entry, place] as const),
  );
  it.each(cases)('given as %s, in %s', async (entry, place) => {
    const { url } = await start((connection) => (PLACES[place] ?? told)(connection, TOKEN));
    const options = { transport, ...NATIVE[entry]?.(url, TOKEN) } as ClientOptions;
    expectNone(await lifeOf(options, createPageClient as typeof createClient), TOKEN);
  });
});

describe('a proxy that repeats its credentials, or the server’s (attack 32)', () => {
  it.each(Object.keys(SPELLINGS))('%s', async (spelling) => {
    const spell = SPELLINGS[spelling] as (text: string) => string;
    const { port } = await start((connection) =>
      refuse(connection, `407 Who is ${spell(TOKEN)}\r\nX-Seen: ${spell(TOKEN)}`, `You said ${spell(TOKEN)}`),
    );
    const proxy = `http://somebody:${TOKEN}@127.0.0.1:${port}`;
    const output = await lifeOf({ url: 'ws://server.invalid/', proxy });
    expect(output).toContain('407');
    expectNone(output, TOKEN, spell(TOKEN));
  });

  it('given as a header of the proxy’s', async () => {
    const { port } = await start((connection) => refuse(connection, '407 No', `not ${TOKEN}`));
    const proxy = { url: `http://127.0.0.1:${port}`, headers: { 'Proxy-Authorization': `Bearer ${TOKEN}` } };
    expectNone(await lifeOf({ url: 'ws://server.invalid/', proxy }), TOKEN);
  });
});

describe('a server that repeats a login (attack 32)', () => {
  /** Opens, and answers the first message. */
  const answering = (reply: (message: string) => Uint8Array) =>
    start(async (connection) => {
      await connection.write(connection.answer());
      connection.eachFrame(({ payload, opcode }) => {
        if (opcode <= BINARY) void connection.write(reply(Buffer.from(payload).toString()));
      });
    });

  it.each(Object.keys(SPELLINGS))('in its reply, which the login’s error quotes: %s', async (spelling) => {
    const spell = SPELLINGS[spelling] as (text: string) => string;
    const { url } = await answering(() => serverFrame(TEXT, `no: ${spell(TOKEN)}`));
    const auth = login(async (line) => {
      line.send(JSON.stringify({ type: 'auth', token: TOKEN }));
      throw new AuthError(`The server said ${await line.receive()}.`, { cause: new Error(TOKEN) });
    });
    const output = await lifeOf({ url, envelope: raw(), auth });
    expect(output).toContain('The server said no: ');
    expectNone(output, TOKEN, spell(TOKEN));
  });

  it('in the error of a request of the login’s, with data', async () => {
    const { url } = await answering((message) => {
      const { id, params } = JSON.parse(message) as { id: number; params: unknown };
      const error = { code: -32_001, message: `Bad ${TOKEN}`, data: { params, again: [TOKEN] } };
      return serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id, error }));
    });
    const auth = login(async (line) => {
      await line.request('login', { token: TOKEN });
    });
    const output = await lifeOf({ url, auth });
    expect(output).toContain('-32001');
    expectNone(output, TOKEN);
  });

  it('in an answer that is nested without end, which the login’s error holds', async () => {
    const deep = '['.repeat(1e5) + ']'.repeat(1e5);
    const { url } = await answering(() => serverFrame(TEXT, `{"no":"${TOKEN}","why":${deep}}`));
    const auth = login(async (line) => {
      line.send(JSON.stringify({ token: TOKEN }));
      throw Object.assign(new Error('No.'), { answer: JSON.parse(String(await line.receive())) as unknown });
    });
    const output = await lifeOf({ url, auth });
    expect(output).toContain('LOGIN_FAILED');
    expectNone(output, TOKEN);
  });

  it('in the rejection of a request that the login does not wait for', async () => {
    const { url } = await answering((message) => {
      const { id } = JSON.parse(message) as { id: number };
      return serverFrame(
        TEXT,
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: 1, message: `Bad ${TOKEN}` } }),
      );
    });
    let rejection: unknown;
    const auth = login(async (line) => {
      line.request('login', { token: TOKEN }).catch((error: unknown) => {
        rejection = error;
      });
      await line.receive(50);
    });
    expectNone(await lifeOf({ url, auth }), TOKEN);
    expect(rejection).toMatchObject({ remoteMessage: 'Bad [redacted]' });
    expectNone(shown(rejection), TOKEN);
  });

  it('in the error that answers a request, once it is over', async () => {
    const { url } = await answering((message) => {
      const { id } = JSON.parse(message) as { id: number };
      const error = { code: -32_001, message: `Bad ${TOKEN}`, data: [TOKEN] };
      return serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id, error }));
    });
    const client = createClient({ url, auth: bearer({ token: TOKEN }), closeTimeout: 20 });
    const error: unknown = await client.request('sum').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ remoteMessage: 'Bad [redacted]', data: ['[redacted]'] });
    expectNone(shown(error), TOKEN);
    await client.close({ flush: false });
  });

  it('in the names of what an error holds, and in the error that ends a subscription', async () => {
    const { url } = await answering((message) => {
      const { id, method } = JSON.parse(message) as { id: number; method: string };
      const error = { code: -32_001, message: `Bad ${TOKEN}`, data: { [TOKEN]: { [`x-${TOKEN}`]: 1 } } };
      if (method === 'sum') return serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id, error }));
      const end = { jsonrpc: '2.0', method: 'subscription', params: { subscription: 's', error } };
      return Buffer.concat([
        serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id, result: 's' })),
        serverFrame(TEXT, JSON.stringify(end)),
      ]);
    });
    const told: unknown[] = [];
    const client = createClient({ url, auth: bearer({ token: TOKEN }), closeTimeout: 20 });
    client.on('error', (error) => told.push(error));
    const error: unknown = await client.request('sum').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ data: { '[redacted]': {} } });
    const ended = await client.subscribe('ticks').closed;
    expect(ended).toMatchObject({ code: 'SUBSCRIPTION_ENDED', remoteMessage: 'Bad [redacted]' });
    for (const one of [error, ended, ...told]) expectNone(shown(one), TOKEN);
    await client.close({ flush: false });
  });

  it('in the reason of the Close that answers it', async () => {
    const { url } = await answering((message) => closeFrame(4000, message));
    expectNone(
      await lifeOf({ url, envelope: raw(), auth: firstMessage({ token: TOKEN, accepted: () => undefined }) }),
      TOKEN,
    );
    const answers = loginLoop({ answer: () => `AUTH ${TOKEN}` });
    expectNone(await lifeOf({ url, envelope: raw(), auth: answers }), TOKEN);
  });

  it('that was marked by hand, since it is sent in a form of its own', async () => {
    const { url } = await answering(() => closeFrame(4000, `not ${TOKEN}`));
    const auth = login(async (line) => {
      line.hide(TOKEN);
      line.send(Uint8Array.from(Buffer.from(TOKEN), (byte) => byte ^ 1));
      await line.receive();
    });
    const output = await lifeOf({ url, envelope: raw(), auth });
    expect(output).toContain('not [redacted]');
    expectNone(output, TOKEN);
  });
});

describe('a certificate that names a token (attack 32)', () => {
  it('is shown without it', async () => {
    const letters = TOKEN.replace(/\W|_/g, '');
    const certificate: Certificate = createCertificate({ names: `DNS:${letters}.test` });
    const server = await startTlsServer(certificate);
    servers.push(server);
    const output = await lifeOf({
      url: `wss://server.test:${server.port}/?ticket=${letters}`,
      tls: { ca: certificate.cert },
      lookup: lookupLoopback,
    });
    expect(output).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expectNone(output, letters);
  });
});
