import { describe, expect, it, vi } from 'vitest';
import type { HandshakeError } from '../../../src/base/errors.ts';
import { type PollingOptions, pollingTransport } from '../../../src/polling.ts';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import type { TracedFrame } from '../../../src/protocol/trace.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { type Polled, polled, simpleProtocol } from '../../tools/polling-harness.ts';

type Simple = PollingOptions<{ url: URL }>;

async function opened(
  changes: Partial<Simple> = {},
  request: Partial<TransportRequest> = {},
): Promise<Polled> {
  const made = await polled(simpleProtocol(changes), request);
  await made.answer();
  expect(made.session.types).toEqual(['open']);
  return made;
}

const shown = ({ http }: Polled): string[] => http.open.map((call) => call.shown);

/** Nothing is left behind, whatever is answered afterwards. */
async function expectClean({ clock, http, session, settle }: Polled): Promise<void> {
  expect(clock.pendingTimers).toBe(0);
  expect(http.open).toEqual([]);
  const told = session.told.length;
  for (const call of http.calls) if (!call.isSettled) call.answer('["late"]');
  await settle();
  expect(session.told).toHaveLength(told);
  expect(session.breaches).toEqual([]);
}

describe('polling transport: opening', () => {
  it('asks over http for ws, with the header fields of the attempt, and marks them as secret', async () => {
    const secrets = { add: vi.fn() };
    const made = await polled(simpleProtocol({ credentials: 'include' }), {
      url: 'wss://host/path',
      headers: [['Authorization', 'Bearer abcdefgh']],
      secrets,
    });
    const [{ url, init }] = made.http.open as [(typeof made.http.open)[0]];
    expect(url.href).toBe('https://host/open');
    expect(init).toMatchObject({
      method: 'GET',
      headers: [['Authorization', 'Bearer abcdefgh']],
      credentials: 'include',
      cache: 'no-store',
      redirect: 'manual',
    });
    expect(secrets.add).toHaveBeenCalledWith([['Authorization', 'Bearer abcdefgh']]);
  });

  it('is open with what the server said first, and asks for more at once', async () => {
    const made = await polled(
      simpleProtocol({ start: () => ({ session: { url: new URL('http://host/') }, messages: ['first'] }) }),
    );
    expect(made.session.types).toEqual(['open', 'text']);
    expect(shown(made)).toEqual(['GET /poll']);
  });

  it('takes the global fetch for every connection anew, and says where there is none', () => {
    vi.stubGlobal('fetch', undefined);
    const request = { url: 'ws://host/', protocols: [], headers: [] } as unknown as TransportRequest;
    expect(() => pollingTransport(simpleProtocol())(request, {} as never)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', detail: 'no-fetch' }),
    );
  });

  it('refuses subprotocols, unless the way of polling says which one counts', async () => {
    await expect(polled(simpleProtocol(), { protocols: ['chat'] })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      detail: 'polling-protocols',
    });
    const made = await opened({ accept: ([first = '']) => `${first}!` }, { protocols: ['chat'] });
    expect(made.session.told[0]).toMatchObject({ info: { protocol: 'chat!' } });
  });

  it('tells a refusal with all its evidence, cookies taken out, and the wait that was asked for', async () => {
    const made = await polled(simpleProtocol());
    await made.answer('Busy.', {
      status: 503,
      statusText: 'Unavailable',
      headers: { 'retry-after': '7', 'set-cookie': 'a=secret' },
    });
    expect(made.closure?.error).toMatchObject({
      code: 'HANDSHAKE_STATUS',
      detail: 'poll',
      phase: 'http',
      status: 503,
      statusText: 'Unavailable',
      retryAfter: 7000,
      body: 'Busy.',
    });
    expect((made.closure!.error as HandshakeError).headers!.get('set-cookie')).toBe('[redacted]');
    await expectClean(made);
  });

  it.each([
    ['a redirect, as Node shows it', 302, { location: '/elsewhere' }, 'HANDSHAKE_REDIRECT'],
    ['a redirect, as a browser shows it', 0, {}, 'HANDSHAKE_STATUS'],
  ] as const)('follows no redirect: %s', async (_, status, headers, code) => {
    const made = await polled(simpleProtocol());
    await made.answer('', { status, headers });
    expect(made.closure?.error).toMatchObject({ code, detail: 'poll' });
    expect(made.closure?.error?.message).toContain('redirected');
  });

  it('keeps no more of the body of a refusal than the limit, and does not wait for its end', async () => {
    const made = await polled(simpleProtocol());
    const body = made.http.last().begin({ status: 500 });
    for (let piece = 0; piece < 8; piece++) body.push('x'.repeat(1024));
    await made.settle();
    expect((made.closure!.error as HandshakeError).body).toHaveLength(4096);
    expect(body.isCancelled).toBe(true);
    const other = await polled(simpleProtocol());
    other.http.last().begin({ status: 500 }).push('half');
    await other.clock.advance(500);
    await other.settle();
    expect((other.closure!.error as HandshakeError).body).toBe('half');
  });

  it('names what it could not reach, with the cause that Node has one level below', async () => {
    const made = await polled(simpleProtocol());
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    made.http.last().fail(new TypeError('fetch failed', { cause }));
    await made.settle();
    expect(made.closure?.error).toMatchObject({ code: 'HANDSHAKE_OPAQUE', detail: 'fetch', cause });
    const other = await polled(simpleProtocol());
    other.http.last().fail(new TypeError('Failed to fetch'));
    await other.settle();
    expect(other.closure?.error).toMatchObject({ cause: { message: 'Failed to fetch' } });
  });

  it('gives up when the handshake timeout is over, whatever is under way', async () => {
    const made = await polled(simpleProtocol());
    await made.clock.advance(10_000);
    expect(made.closure?.error).toMatchObject({ code: 'TIMEOUT', timeout: 10_000 });
    await expectClean(made);
  });

  it('waits without end where there is no such timeout', async () => {
    const made = await polled(simpleProtocol(), { handshakeTimeout: 0 });
    expect(made.clock.pendingTimers).toBe(0);
    await made.clock.advance(3_600_000);
    await made.answer();
    expect(made.session.types).toEqual(['open']);
  });

  it('says that an answer cannot be read, when the way of polling throws', async () => {
    const made = await polled(
      simpleProtocol({
        start: async ({ url, ask }) => ({ session: JSON.parse((await ask({ url })).text) }),
      }),
    );
    await made.answer('<html>');
    expect(made.closure?.error).toMatchObject({
      code: 'HANDSHAKE_MALFORMED',
      detail: 'answer',
      cause: { name: 'SyntaxError' },
    });
  });
});

describe('polling transport: receiving', () => {
  it('has one poll under way, and asks again at once', async () => {
    const made = await opened();
    expect(shown(made)).toEqual(['GET /poll']);
    await made.answer('["a","b"]');
    await made.answer('["c"]');
    expect(made.session.messages).toEqual(['a', 'b', 'c']);
    expect(shown(made)).toEqual(['GET /poll']);
  });

  it('asks at its interval', async () => {
    const made = await opened({ interval: 5_000, hold: 0 });
    await made.clock.advance(5_000);
    await made.answer('');
    await made.clock.advance(4_999);
    expect(shown(made)).toEqual([]);
    await made.clock.advance(1);
    expect(shown(made)).toEqual(['GET /poll']);
  });

  it('does not run in circles with a server that answers nothing at once', async () => {
    const made = await opened();
    await made.answer('');
    expect(shown(made)).toEqual([]);
    await made.clock.advance(1_000);
    expect(shown(made)).toEqual(['GET /poll']);
    await made.clock.advance(30_000);
    await made.answer('');
    // This one was held.
    expect(shown(made)).toEqual(['GET /poll']);
  });

  it('counts every answer as life, an empty one too, and when it came', async () => {
    const made = await opened();
    const before = made.transport.bytesReceived;
    await made.clock.advance(100);
    await made.answer('');
    expect(made.transport.bytesReceived).toBeGreaterThan(before);
    expect(made.transport.heardAt).toBe(made.clock.now());
    expect(made.transport.features).toEqual({ ping: false, pause: false, headers: true, watched: true });
    made.transport.ping();
  });

  it('ends when an answer is not there in time: the hold and the timeout', async () => {
    const made = await opened({ timeout: 2_000 });
    await made.clock.advance(31_999);
    expect(made.closure).toBeUndefined();
    await made.clock.advance(1);
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({
      code: 'CONNECTION_LOST',
      detail: 'request-failed',
      cause: { code: 'TIMEOUT', detail: 'poll', timeout: 32_000 },
    });
    await expectClean(made);
  });

  it('asks the session how long a poll may be held', async () => {
    const made = await opened({ hold: () => 60_000, timeout: 1_000 });
    await made.clock.advance(60_999);
    expect(made.closure).toBeUndefined();
    await made.clock.advance(2);
    expect(made.closure).toBeDefined();
  });

  it('an answer that gets on is waited for, one that stands still is not', async () => {
    const made = await opened({ timeout: 2_000 });
    const body = made.http.last().begin();
    for (let piece = 0; piece < 5; piece++) {
      body.push(piece === 0 ? '["' : 'x');
      await made.clock.advance(1_900);
    }
    expect(made.closure).toBeUndefined();
    await made.clock.advance(2_001);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'TIMEOUT' } });
    expect(made.http.last().isAborted).toBe(true);
  });

  it('reads no further than the limit of a message, however much follows', async () => {
    const made = await opened(
      {},
      {
        limits: {
          ...DEFAULT_LIMITS,
          maxMessageBytes: 1_000,
        },
      },
    );
    const body = made.http.last().begin();
    for (let piece = 0; piece < 10; piece++) body.push('x'.repeat(300));
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({
      code: 'MESSAGE_TOO_BIG',
      limit: 1_000,
      size: 1_200,
      closeCode: 1009,
    });
    expect(body.isCancelled).toBe(true);
    await expectClean(made);
  });

  it('takes no more messages in one answer than the limit', async () => {
    const limits = { ...DEFAULT_LIMITS, maxFragments: 3 };
    const made = await opened({}, { limits });
    await made.answer('["a","b","c","d"]');
    await made.clock.advance(0);
    expect(made.session.messages).toEqual([]);
    expect(made.closure?.error).toMatchObject({ code: 'TOO_MANY_FRAGMENTS', limit: 3, size: 4 });
  });

  it.each([
    ['HTML in place of JSON', '<html>', 'SyntaxError'],
    ['two answers in one', '["a"]["b"]', 'SyntaxError'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xc0, 0x80]), 'TypeError'],
  ])('loses the connection over %s, and says what came', async (_, body, name) => {
    const made = await opened();
    await made.answer(body, { headers: { 'content-type': 'text/html' } });
    await made.clock.advance(0);
    expect(made.session.messages).toEqual([]);
    expect(made.closure?.error).toMatchObject({
      code: 'CONNECTION_LOST',
      cause: { code: 'HANDSHAKE_MALFORMED', cause: { name } },
    });
    await expectClean(made);
  });

  it.each([500, 429])('loses the connection over HTTP %i, whose evidence is the cause', async (status) => {
    const made = await opened();
    await made.answer('no', { status, headers: { 'retry-after': '3' } });
    await made.clock.advance(0);
    expect(made.closure).toMatchObject({ code: 1006, wasClean: false });
    expect(made.closure?.error).toMatchObject({
      detail: 'request-failed',
      cause: { status, retryAfter: 3000 },
    });
  });

  it('knows a session that the server forgot: by its status, or by a word', async () => {
    const made = await opened({ forgotten: [404] });
    await made.answer('', { status: 404 });
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'session-gone' });
    const other = await opened();
    await other.answer('{"isGone":true}');
    await other.clock.advance(0);
    expect(other.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'session-gone' });
  });

  it('puts a question again where the server says again what was lost, and no more than three times', async () => {
    const made = await opened({ repeats: true });
    for (let time = 0; time < 3; time++) {
      made.http.last().fail(new TypeError('Failed to fetch'));
      await made.settle();
      expect(shown(made)).toEqual([]);
      await made.clock.advance(1_000);
      expect(shown(made)).toEqual(['GET /poll']);
    }
    await made.answer('["a"]');
    for (let time = 0; time < 4; time++) {
      await made.answer('', { status: 503, headers: { 'retry-after': '9' } });
      await made.clock.advance(8_999);
      expect(shown(made)).toEqual([]);
      await made.clock.advance(1);
    }
    expect(made.closure?.error).toMatchObject({ detail: 'request-failed', cause: { status: 503 } });
  });

  it('puts no question again that was refused, nor where an answer that is lost is lost', async () => {
    const made = await opened({ repeats: true });
    await made.answer('', { status: 403 });
    await made.clock.advance(0);
    expect(made.closure).toBeDefined();
    const other = await opened();
    other.http.last().fail(new TypeError('Failed to fetch'));
    await other.settle();
    await other.clock.advance(0);
    expect(other.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'request-failed' });
  });

  it('reads an answer part by part, as it comes', async () => {
    const made = await opened({
      separator: '\n',
      parse: ({ text, isLast }) => (isLast ? { isGone: true } : { messages: [text] }),
    });
    const body = made.http.last().begin();
    body.push('a\nb');
    await made.settle();
    expect(made.session.messages).toEqual(['a']);
    await made.clock.advance(35_000);
    body.push('c\nd\n');
    await made.settle();
    expect(made.session.messages).toEqual(['a', 'bc', 'd']);
    body.end();
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ detail: 'session-gone' });
  });

  it('bounds a part that never ends', async () => {
    const limits = {
      ...DEFAULT_LIMITS,
      maxMessageBytes: 100,
    };
    const made = await opened({ separator: '\n' }, { limits });
    const body = made.http.last().begin();
    for (let piece = 0; piece < 50; piece++) body.push('["x"]\n');
    await made.settle();
    expect(made.session.messages).toHaveLength(50);
    for (let piece = 0; piece < 11; piece++) body.push('0123456789');
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ code: 'MESSAGE_TOO_BIG', limit: 100 });
  });

  it('reads whole where a body cannot be read as it comes, as in React Native', async () => {
    const made = await opened();
    made.http.last().respond({
      status: 200,
      statusText: '',
      headers: { forEach() {} },
      body: null,
      text: async () => '["a"]',
    });
    await made.settle();
    expect(made.session.messages).toEqual(['a']);
  });

  it('a paused reader gets nothing more, and nothing is asked, until it goes on', async () => {
    const made = await opened({ keeps: true });
    expect(made.transport.features.pause).toBe(true);
    made.session.onTold = (told) => told.type === 'text' && told.text === 'b' && made.transport.pause();
    await made.answer('["a","b","c"]');
    expect(made.session.messages).toEqual(['a', 'b']);
    expect(shown(made)).toEqual([]);
    made.transport.resume();
    expect(made.session.messages).toEqual(['a', 'b', 'c']);
    expect(shown(made)).toEqual(['GET /poll']);
  });

  it('does not pause where the server would forget the session', async () => {
    const made = await opened();
    made.transport.pause();
    await made.answer('["a"]');
    expect(made.session.messages).toEqual(['a']);
  });

  it('asks for nothing until something was sent, where there is no question', async () => {
    let question: { url: string } | undefined;
    const made = await opened({
      poll: () => question,
      send: () => {
        question = { url: 'http://host/stream' };
        return undefined;
      },
    });
    expect(shown(made)).toEqual([]);
    made.transport.send('connect');
    await made.settle();
    expect(shown(made)).toEqual(['GET /stream']);
    expect(made.transport.bufferedAmount).toBe(7);
    await made.answer('["connected"]');
    expect(made.transport.bufferedAmount).toBe(0);
  });

  it('is not done with what a poll should carry before a poll that came behind it was answered', async () => {
    let carried = '';
    const made = await opened({
      poll: () => ({ url: `http://host/poll?${carried}` }),
      send: ([message]) => {
        carried = String(message);
        return undefined;
      },
    });
    made.transport.send('late');
    made.transport.close(1000);
    await made.settle();
    expect(shown(made)).toEqual(['GET /poll']);
    await made.answer('[]');
    expect(shown(made)).toEqual(['GET /poll?late']);
    expect(made.transport.bufferedAmount).toBe(4);
    await made.answer('["not heard any more"]');
    await made.clock.advance(0);
    expect(made.transport.bufferedAmount).toBe(0);
    expect(made.closure).toMatchObject({ wasClean: false, error: undefined });
    expect(made.session.messages).toEqual([]);
  });

  it('asks once more for what a poll should carry, paused though it is, when it is closed', async () => {
    let carried = '';
    const made = await opened({
      keeps: true,
      poll: () => ({ url: `http://host/poll?${carried}` }),
      send: ([message]) => {
        carried = String(message);
        return undefined;
      },
    });
    made.transport.pause();
    await made.answer('["waits"]');
    made.transport.send('late');
    await made.settle();
    expect(shown(made)).toEqual([]);
    made.transport.close(1000);
    await made.settle();
    expect(shown(made)).toEqual(['GET /poll?late']);
    await made.answer('[]');
    await made.clock.advance(0);
    expect(made.transport.bufferedAmount).toBe(0);
    expect(made.closure).toMatchObject({ error: undefined });
    await expectClean(made);
  });

  it('repeats a poll that carries messages, also when it is being closed', async () => {
    let carried = '';
    const made = await opened({
      repeats: true,
      poll: () => ({ url: `http://host/poll?${carried}` }),
      send: ([message]) => {
        carried = String(message);
        return undefined;
      },
    });
    made.transport.send('late');
    await made.settle();
    await made.answer('[]');
    expect(shown(made)).toEqual(['GET /poll?late']);
    made.transport.close(1000);
    await made.answer('', { status: 503 });
    await made.clock.advance(1_000);
    expect(shown(made)).toEqual(['GET /poll?late']);
    await made.answer('[]');
    await made.clock.advance(0);
    expect(made.transport.bufferedAmount).toBe(0);
    expect(made.closure).toMatchObject({ error: undefined });
    await expectClean(made);
  });

  it('counts nothing as handed over that a poll which could not be made should carry', async () => {
    let isBroken = false;
    const made = await opened({
      poll: () => {
        if (isBroken) throw new Error('broken');
        return { url: 'http://host/poll' };
      },
      send: () => {
        isBroken = true;
        return undefined;
      },
    });
    made.transport.send('late');
    await made.settle();
    await made.answer('[]');
    await made.clock.advance(0);
    expect(made.closure).toMatchObject({ error: { code: 'CONNECTION_LOST' } });
    expect([made.transport.bufferedAmount, made.transport.bytesSent]).toEqual([4, 0]);
    await expectClean(made);
  });

  it('counts what nothing will carry as handed over', async () => {
    const made = await opened({ poll: () => undefined, send: () => undefined });
    made.transport.send('lost');
    await made.settle();
    expect(made.transport.bufferedAmount).toBe(0);
  });

  it('reads part by part in linear time, wherever a separator is cut', async () => {
    const made = await opened({ separator: '\r\n', parse: ({ text }) => ({ messages: [text] }) });
    const body = made.http.last().begin();
    for (const piece of ['a\r', '\nb\r', 'c', '\r', '\n', '\r\n', 'd\re', '\n\r\nf\r']) {
      body.push(piece);
      await made.settle();
    }
    expect(made.session.messages).toEqual(['a', 'b\rc', '', 'd\re\n']);
    // A line of 15 MB in pieces of 1 kB; searched from its beginning for each of them it takes minutes.
    for (let at = 0; at < 15_000; at++) body.push('x'.repeat(1000));
    body.push('\r\n');
    await expect.poll(() => made.session.messages.at(-1)?.length).toBe(15_000_002);
  });

  it('traces every message, both ways', async () => {
    const frames: TracedFrame[] = [];
    const made = await opened({}, { trace: (frame) => frames.push(frame) });
    await made.answer('["in"]');
    made.transport.send('out');
    expect(frames.map(({ direction, length }) => [direction, length])).toEqual([
      ['in', 2],
      ['out', 3],
    ]);
  });
});

describe('polling transport: sending', () => {
  it('sends what one turn of the program gave in one request, the rest in the next, in order', async () => {
    const made = await opened();
    made.transport.send('a');
    made.transport.send('b');
    expect(made.transport.bufferedAmount).toBe(2);
    await made.settle();
    expect(shown(made)).toEqual(['GET /poll', 'POST /send ["a","b"]']);
    made.transport.send('c');
    made.transport.send('d');
    await made.settle();
    expect(shown(made)).toEqual(['GET /poll', 'POST /send ["a","b"]']);
    expect(made.transport.bufferedAmount).toBe(4);
    made.http.last().answer('ok');
    await made.settle();
    expect(shown(made)).toEqual(['GET /poll', 'POST /send ["c","d"]']);
    expect(made.transport).toMatchObject({ bufferedAmount: 2, bytesSent: 2 });
  });

  it('asks again behind what it sent, before the interval is over', async () => {
    const made = await opened({ interval: 60_000, hold: 0 });
    made.transport.send('a');
    await made.settle();
    await made.answer();
    expect(shown(made)).toEqual(['GET /poll']);
  });

  it('puts no more messages into one request than that, and no more bytes than servers take', async () => {
    const made = await opened({ maxBatch: 2 });
    for (const text of ['a', 'b', 'c']) made.transport.send(text);
    await made.settle();
    expect(made.http.last().shown).toBe('POST /send ["a","b"]');
    const other = await opened();
    for (let part = 0; part < 3; part++) other.transport.send('x'.repeat(300_000));
    await other.settle();
    expect((JSON.parse(other.http.last().init.body as string) as string[]).length).toBe(1);
  });

  it('never sends again by itself what may have arrived: a request that fails is the end', async () => {
    const made = await opened({ repeats: true });
    made.transport.send('once');
    await made.settle();
    made.http.last().fail(new TypeError('Failed to fetch'));
    await made.settle();
    await made.clock.advance(60_000);
    expect(made.http.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'request-failed' });
    await expectClean(made);
  });

  it('waits longer for the answer to more bytes', async () => {
    const made = await opened({ timeout: 1_000, hold: 600_000 });
    made.transport.send('x'.repeat(160_000 - 4));
    await made.settle();
    await made.clock.advance(10_999);
    expect(made.closure).toBeUndefined();
    await made.clock.advance(2);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'TIMEOUT', timeout: 11_000 } });
  });

  it('takes messages out of the answer too', async () => {
    const made = await opened({ sent: ({ text }) => ({ messages: [text] }) });
    made.transport.send('a');
    await made.settle();
    made.http.last().answer('b');
    await made.settle();
    expect(made.session.messages).toEqual(['b']);
  });

  it('loses the connection over an answer to what was sent that cannot be read, or over a send that throws', async () => {
    const made = await opened({ sent: ({ text }) => JSON.parse(text) });
    made.transport.send('a');
    await made.settle();
    made.http.last().answer('<html>');
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'HANDSHAKE_MALFORMED' } });
    const other = await opened({
      send: () => {
        throw new Error('own fault');
      },
    });
    other.transport.send('a');
    await other.settle();
    await other.clock.advance(0);
    expect(other.closure?.error).toMatchObject({ cause: { cause: { message: 'own fault' } } });
    await expectClean(other);
  });

  it('refuses what the protocol has no form for, and everything where nothing can be sent', async () => {
    const made = await opened();
    expect(() => made.transport.send(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA', detail: 'polling' }),
    );
    const { send: _, ...readOnly } = simpleProtocol();
    const other = await polled(readOnly);
    await other.answer();
    expect(() => other.transport.send('a')).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', detail: 'no-send' }),
    );
  });

  it('a Blob that cannot be read is the end', async () => {
    const made = await opened({ carries: () => true });
    const blob = new Blob(['x']);
    vi.spyOn(blob, 'arrayBuffer').mockRejectedValue(new Error('gone'));
    made.transport.send(blob);
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ detail: 'unreadable-blob' });
  });

  it('tells drain when what waits is back below the mark', async () => {
    const made = await opened({ maxBatch: 1 }, { highWaterMark: 3 });
    for (const text of ['aa', 'bb', 'cc']) made.transport.send(text);
    await made.settle();
    made.http.last().answer();
    await made.settle();
    expect(made.session.types).toEqual(['open']);
    made.http.last().answer();
    await made.settle();
    expect(made.session.types).toEqual(['open', 'drain']);
  });
});

describe('polling transport: the end', () => {
  it('close ends the held request at once, where there is no word for it', async () => {
    const made = await opened();
    const held = made.http.last();
    made.transport.close(1000, 'bye');
    expect(held.isAborted).toBe(true);
    expect(made.session.types).toEqual(['open']);
    await made.clock.advance(0);
    expect(made.closure).toEqual({
      code: 1006,
      reason: '',
      wasClean: false,
      received: undefined,
      sent: { code: 1000, reason: 'bye' },
      error: undefined,
    });
    await expectClean(made);
  });

  it('sends what was handed over, then the goodbye, then ends the held request', async () => {
    const made = await opened({ end: (_, { code }) => ({ url: 'http://host/end', body: String(code) }) });
    const held = made.http.last();
    made.transport.send('last words');
    made.transport.close();
    expect(made.transport.send('too late')).toBe(false);
    await made.settle();
    expect(made.http.last().shown).toBe('POST /send ["last words"]');
    made.http.last().answer();
    await made.settle();
    expect(made.http.last().shown).toBe('POST /end 1005');
    expect(held.isAborted).toBe(false);
    made.http.last().answer();
    await made.settle();
    await made.clock.advance(0);
    expect(held.isAborted).toBe(true);
    expect(made.closure).toMatchObject({ code: 1005, wasClean: true, error: undefined });
    await expectClean(made);
  });

  it('takes the server’s own goodbye out of the answer', async () => {
    const made = await opened({
      end: () => ({ url: 'http://host/end', body: '' }),
      sent: ({ text }) => JSON.parse(text),
    });
    made.transport.close(4000, 'mine');
    made.http.last().answer('{"close":{"code":4001,"reason":"theirs"}}');
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure).toMatchObject({
      code: 4001,
      reason: 'theirs',
      wasClean: true,
      sent: { code: 4000 },
    });
  });

  it('is not clean when the goodbye fails, or what was handed over', async () => {
    const made = await opened({ end: () => ({ url: 'http://host/end', body: '' }) });
    made.transport.close();
    made.http.last().answer('', { status: 500 });
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure).toMatchObject({ code: 1006, wasClean: false, error: { code: 'CONNECTION_CLOSED' } });
    const other = await opened();
    other.transport.send('a');
    other.transport.close();
    await other.settle();
    other.http.last().answer('', { status: 500 });
    await other.settle();
    await other.clock.advance(0);
    expect(other.closure?.error).toMatchObject({ code: 'CONNECTION_CLOSED', detail: 'request-failed' });
  });

  it('tells the server’s end behind its messages, and sends nothing more', async () => {
    const made = await opened();
    await made.answer('{"messages":["bye"],"close":{"code":1001,"reason":"restart"}}');
    expect(made.session.types).toEqual(['open', 'text']);
    expect(made.transport.send('too late')).toBe(false);
    await made.clock.advance(0);
    expect(made.closure).toMatchObject({
      code: 1001,
      reason: 'restart',
      wasClean: true,
      received: { code: 1001, reason: 'restart' },
      error: undefined,
    });
    await expectClean(made);
  });

  it('abandon ends every request', async () => {
    const made = await opened();
    made.transport.send('a');
    await made.settle();
    expect(made.http.open).toHaveLength(2);
    made.transport.abandon();
    expect(made.http.open).toEqual([]);
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'abandoned' });
    await expectClean(made);
  });

  it('abandon before a Blob was read sends nothing', async () => {
    const made = await opened({ carries: () => true });
    made.transport.send(new Blob(['x']));
    made.transport.abandon();
    await made.settle();
    expect(made.http.calls.some(({ method }) => method === 'POST')).toBe(false);
  });
});

describe('polling transport: options', () => {
  it.each([
    [{ poll: undefined }, 'poll'],
    [{ interval: -1 }, 'interval'],
    [{ hold: 'long' }, 'hold'],
    [{ timeout: 0 }, 'timeout'],
    [{ maxBatch: 0 }, 'maxBatch'],
    [{ credentials: 'yes' }, 'credentials'],
    [{ forgotten: 404 }, 'forgotten'],
  ])('refuses %j', (wrong, option) => {
    expect(() => pollingTransport({ ...simpleProtocol(), ...wrong } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});
