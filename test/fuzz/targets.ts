/** What is fuzzed: everything that reads what a server, or whoever names an address, may have chosen. */
import { HoldlineError, UsageError } from '../../src/base/errors.ts';
import { createClient } from '../../src/client/create-client.browser.ts';
import { defaultRetryPolicy, MAX_ASKED_WAIT_MS } from '../../src/connection/retry-policy.ts';
import type { EnvelopeFactory } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { messagesIn } from '../../src/messaging/messages-in.ts';
import { serializeRequest } from '../../src/protocol/handshake-request.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { parseTarget } from '../../src/protocol/url.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { deflated, nodeCompression } from '../tools/deflate.ts';
import {
  answer,
  bytesOf,
  concat,
  createHarness,
  type Harness,
  httpAnswer,
  SAMPLE_KEY,
  utf8,
} from '../tools/engine-harness.ts';
import { closeFrame, serverFrame } from '../tools/server-frame.ts';
import { contract, judge, pollingAnswers, protocols } from './conversation-targets.ts';
import { judgeEngine, must } from './engine-oracle.ts';
import type { Target } from './fuzzer.mjs';

const MOST_MESSAGE_BYTES = 300;
const LIMITS = {
  maxMessageBytes: MOST_MESSAGE_BYTES,
  maxFragments: 6,
  maxHeadBytes: 600,
  maxHeadLineBytes: 120,
  maxHeaders: 9,
  maxRefusalBytes: 64,
};
const MOST = { message: MOST_MESSAGE_BYTES };
const words = (...texts: string[]): Uint8Array[] => texts.map(bytesOf);

const COMPRESSING = { limits: LIMITS, compression: nodeCompression({}, MOST_MESSAGE_BYTES) };
const ASKED = { ...COMPRESSING, protocols: ['chat', 'v2.chat'] };

/** The answer to the handshake, and what follows it. */
const handshake: Target = {
  examples: [
    answer(),
    `${answer('Sec-WebSocket-Protocol: v2.chat')}\x81\x02hi\x88\x00`,
    answer('Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Extensions: permessage-deflate'),
    answer(
      'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits=10',
    ),
    `HTTP/1.1 100 Continue\r\n\r\n${answer()}`,
    httpAnswer('401 Unauthorized', ['WWW-Authenticate: Basic realm="x"', 'Content-Length: 2'], 'no'),
    httpAnswer(
      '503 Service Unavailable',
      ['Retry-After: 120', 'Transfer-Encoding: chunked'],
      '5\r\nlater\r\n0\r\n\r\n',
    ),
    httpAnswer('302 Found', ['Location: wss://other.example.com/']),
    httpAnswer('429 Too Many Requests', ['Retry-After: Wed, 21 Oct 2026 07:28:00 GMT'], 'slow down'),
  ].map(bytesOf),
  words: words(
    '\r\n',
    '\r\n\r\n',
    ': ',
    'HTTP/1.1 101 x\r\n',
    'HTTP/1.0 200 OK\r\n',
    'Upgrade: websocket\r\n',
    'Connection: keep-alive, Upgrade\r\n',
    'Sec-WebSocket-Extensions: ',
    'permessage-deflate',
    '; server_max_window_bits=8',
    '; client_max_window_bits=15',
    '="9"',
    '"',
    '\\',
    ',',
    ';',
    '=',
    'Sec-WebSocket-Protocol: v2.chat\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'ffffffff\r\n',
    '0\r\n\r\n',
    'Retry-After: 1\r\n',
    'Location: ',
    '\t',
    '\0',
  ),
  mostBytes: 700,
  run: (input) => judgeEngine(() => createHarness(ASKED), input, MOST),
};

function open(params?: string): Harness {
  const harness = createHarness(COMPRESSING);
  const lines = params === undefined ? [] : [`Sec-WebSocket-Extensions: permessage-deflate${params}`];
  harness.engine.receive(bytesOf(answer(...lines)));
  must(harness.engine.state === 'open', 'the handshake has failed');
  harness.told.length = 0;
  return harness;
}

const FRAMES: readonly Uint8Array[] = [
  serverFrame(1, 'Hello'),
  serverFrame(2, new Uint8Array(130)),
  concat(serverFrame(1, 'Hel', 1), serverFrame(9, 'ping'), serverFrame(0, 'lo')),
  serverFrame(1, utf8('κόσμε 𝒳')),
  concat(serverFrame(1, utf8('é').slice(0, 1), 1), serverFrame(0, utf8('é').slice(1))),
  concat(serverFrame(10), closeFrame(1000, 'bye')),
  closeFrame(1013, '{"retryAfter":1000}'),
  closeFrame(),
];

/** Frames without compression. */
const frames: Target = {
  examples: FRAMES,
  words: [
    ...FRAMES,
    bytesOf('\x7e\x00\x7e'),
    bytesOf('\x7f\x00\x00\x00\x00\x00\x01\x00\x00'),
    utf8('𝒳'),
    bytesOf('\xed\xa0\x80'),
  ],
  mostBytes: 900,
  run: (input) => judgeEngine(() => open(), input, MOST),
};

const AGREEMENTS = [
  '',
  '; server_no_context_takeover',
  '; server_max_window_bits=9',
  '; client_no_context_takeover',
];

/** A compressed message in one frame. */
const compressed = (message: string | Uint8Array): Uint8Array => serverFrame(0, deflated(message), 0xc1);

/** Compressed messages. The first byte chooses what was agreed on. */
const deflate: Target = {
  examples: [
    compressed('Hello'),
    concat(compressed('Hello'), compressed('Hello')),
    compressed('x'.repeat(299)),
    compressed('x'.repeat(5_000)),
    concat(
      serverFrame(0, deflated('Hello').slice(0, 3), 0x41),
      serverFrame(9),
      serverFrame(0, deflated('Hello').slice(3)),
    ),
    serverFrame(0, Uint8Array.of(0), 0xc1),
    concat(serverFrame(1, 'plain'), compressed('é'.repeat(100)), closeFrame(1000)),
  ].flatMap((bytes, at) => [concat(Uint8Array.of(at), bytes)]),
  words: [
    compressed('ab'),
    bytesOf('\xc1\x07'),
    bytesOf('\x00\x00\xff\xff'),
    bytesOf('\xf2H\xcd\xc9\xc9\x07\x00'),
    bytesOf('\x01\x05\x00\xfa\xffHello'),
  ],
  mostBytes: 500,
  run: (input) =>
    judgeEngine(() => open(AGREEMENTS[(input[0] ?? 0) % AGREEMENTS.length]), input.subarray(1), MOST),
};

const ENVELOPES: readonly EnvelopeFactory[] = [
  jsonRpc(),
  jsonRpc({ version: false, subscriptions: { event: (method) => method.endsWith('s') } }),
];
const MOST_BATCH = 5;

const MESSAGES = [
  '{"jsonrpc":"2.0","id":1,"result":3}',
  '{"jsonrpc":"2.0","id":"1","error":{"code":-32000,"message":"no","data":[1]}}',
  '{"jsonrpc":"2.0","method":"tick","params":{"at":7}}',
  '{"jsonrpc":"2.0","method":"subscription","params":{"subscription":"a","result":{"at":1}}}',
  '{"jsonrpc":"2.0","method":"subscription","params":{"subscription":1,"end":true}}',
  '{"jsonrpc":"2.0","id":7,"method":"confirm","params":[1]}',
  '{"jsonrpc":"2.0","id":null,"error":{"message":"what?"}}',
  '[{"jsonrpc":"2.0","id":2,"result":null},{"jsonrpc":"2.0","method":"tick"}]',
];
const JSON_WORDS = words(
  '"jsonrpc":"2.0",',
  '"id":',
  '"result":',
  '"error":',
  '"method":',
  '"params":',
  '"subscription"',
  '"code":',
  '"message":',
  '"data":',
  '"end":true',
  'null',
  'true',
  '[]',
  '{}',
  '{"__proto__":1}',
  '"__proto__":',
  '"toString"',
  '1e400',
  '-0',
  '9007199254740993',
  '\\u0000',
  '\\ud800',
  '[[[[',
  '"',
  ',',
  ':',
  '1',
  '"subscribe"',
);

/** Texts as messages of an envelope. */
const envelope: Target = {
  examples: MESSAGES.map(bytesOf),
  words: JSON_WORDS,
  mostBytes: 600,
  run: (input) => {
    const text = Buffer.from(input).toString();
    for (const make of ENVELOPES) {
      const one = make();
      const reader = one.reader(undefined);
      let messages: readonly unknown[];
      try {
        messages = messagesIn(text, one.codec, reader, {
          ...DEFAULT_LIMITS,
          maxBatch: MOST_BATCH,
          maxHeldBytes: 1_000,
          maxHandlers: 1,
        });
      } catch (error) {
        const isOurs = error instanceof HoldlineError || error instanceof SyntaxError;
        must(isOurs, `a text is refused by an error that is none of ours: ${error}`);
        continue;
      }
      must(messages.length <= MOST_BATCH, 'a batch is larger than the limit');
      for (const message of messages) {
        const before = JSON.stringify(message);
        const meant = reader.classify(message);
        judge(meant);
        must(JSON.stringify(message) === before, 'a message is changed by looking at it');
        must(
          JSON.stringify(make().reader(undefined).classify(message)) === JSON.stringify(meant),
          'it means another thing later',
        );
      }
    }
  },
};

/** Lines as messages to a client that has asked, has subscribed, and answers. */
const client: Target = {
  examples: [
    ...MESSAGES.map(bytesOf),
    bytesOf(MESSAGES.join('\n')),
    bytesOf(`{"jsonrpc":"2.0","id":2,"result":"a"}\n${MESSAGES[3]}`),
  ],
  words: [
    ...JSON_WORDS,
    ...words('\n', '{"jsonrpc":"2.0","id":2,"result":"a"}\n', '"subscription":"a"', '"confirm"'),
  ],
  mostBytes: 900,
  run: async (input) => {
    const clock = createVirtualClock();
    const server = createScriptedServer();
    const holdline = createClient({
      url: 'ws://test',
      transport: server.transport,
      clock,
      heartbeat: false,
      reconnect: false,
      limits: { maxBatch: MOST_BATCH, maxHeldBytes: 2_000 },
    });
    let settled = 0;
    let isClosed = false;
    const settle = (): void => {
      settled++;
    };
    const told = (): void => must(!isClosed, 'something is told behind the end');
    holdline.on('error', (error) =>
      must(error instanceof HoldlineError, `an error that is none of ours: ${error}`),
    );
    holdline.on('message', told);
    holdline.onEvent('tick', told);
    holdline.handle('confirm', (params) => params);
    holdline.request('sum', [1, 2]).then(settle, (error: unknown) => {
      must(error instanceof HoldlineError, `a request fails by an error that is none of ours: ${error}`);
      settle();
    });
    const subscription = holdline.subscribe('prices', {});
    subscription.on(told);
    void subscription.closed.then(settle, settle);
    await clock.advance(0);
    for (const line of Buffer.from(input).toString().split('\n')) server.last.send(line);
    await clock.settle();
    const closing = holdline.close();
    await clock.advance(30_000);
    await closing;
    isClosed = true;
    must(settled === 2, `${settled} of 2 calls are settled behind the end`);
    must(clock.pendingTimers === 0, `${clock.pendingTimers} timers are left`);
  },
};

/** A close code and its reason, as advice for what to do next. */
const advice: Target = {
  examples: [
    '\x03\xf4',
    '\x03\xf5{"retryAfter":1000}',
    '\x03\xf5{"reconnect":false}',
    '\x0f\xa1expired',
    '\x11\x30{"retryAfter":1e300}',
  ].map(bytesOf),
  words: words(
    '{"retryAfter":',
    '{"reconnect":',
    'false',
    'true',
    '1e9',
    '-1',
    '1e400',
    '}',
    'null',
    '[',
    '"',
  ),
  mostBytes: 125,
  run: (input) => {
    const code = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
    const reason = Buffer.from(input.subarray(2)).toString();
    const random = { fill: () => {}, uniform: () => 0.999 };
    const closure = { code, reason, wasClean: true, received: { code, reason } };
    for (const renewal of ['possible', 'spent', 'none'] as const) {
      const past = { wasReady: true, refusedFor: 0, renewal, isHandingOver: renewal === 'spent' };
      const decision = defaultRetryPolicy(closure, random, past);
      must(['retry', 'renew', 'stop'].includes(decision.action), `there is no action ${decision.action}`);
      must(decision.rule.length < 100, 'the rule is a story');
      if (decision.action !== 'retry' || decision.delay === undefined) continue;
      const isWait = decision.delay >= 0 && decision.delay <= MAX_ASKED_WAIT_MS * 1.2;
      must(isWait, `a wait of ${decision.delay} ms`);
    }
  },
};

/** Addresses. */
const url: Target = {
  examples: [
    'wss://example.com/socket?token=secret',
    'ws://user:pass@[::1]:8080/a%20b',
    'http://EXAMPLE.com',
    'ws://münchen.example/ä',
  ].map(utf8),
  words: words(
    'ws:',
    'wss://',
    'https://',
    '//',
    '/',
    '?',
    '#',
    '@',
    ':',
    '[::1]',
    '%',
    '%00',
    '%0d%0a',
    '\r\n',
    ' ',
    '..',
    ':443',
    'xn--',
    '\\',
    '\t',
  ),
  mostBytes: 200,
  run: (input) => {
    const text = Buffer.from(input).toString();
    let target: ReturnType<typeof parseTarget>;
    try {
      target = parseTarget(text);
    } catch (error) {
      must(error instanceof UsageError && error.code === 'INVALID_URL', `not ours: ${error}`);
      const query = text.split('?')[1] ?? '';
      // The text has an example of its own.
      const said = (error as Error).message.replace('wss://example.com/path', '');
      must(query.length < 12 || !said.includes(query), 'the error holds the query');
      return;
    }
    must(target.hostname !== '' && target.port >= 0 && target.port < 65_536, 'nothing to dial');
    must(target.resource.startsWith('/'), 'the resource is no path');
    must(!/[?#@]/.test(target.display.replace(/^wss?:\/\/[^/]*\/[^?#]*/, '')), `shown: ${target.display}`);
    const again = parseTarget(target.href);
    must(JSON.stringify(again) === JSON.stringify(target), 'its own form is another address');
    const request = serializeRequest({ target, protocols: [], headers: [] }, SAMPLE_KEY);
    must(request.split('\r\n').length === 8 && !/[^\r]\n|\r[^\n]/.test(request), `the request: ${request}`);
    must(
      /^GET \/[!-~]* HTTP\/1\.1$/.test(request.split('\r\n')[0] as string),
      `asked for: ${target.resource}`,
    );
  },
};

/** By name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  handshake,
  frames,
  deflate,
  envelope,
  client,
  protocols,
  contract,
  polling: pollingAnswers,
  advice,
  url,
};
