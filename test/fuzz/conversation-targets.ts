/** What is fuzzed above the messages: every protocol that has an envelope, contracts of schemas, and servers that are polled. */
import { HoldlineError } from '../../src/base/errors.ts';
import { createClient } from '../../src/client/create-client.browser.ts';
import * as protocolsOfOthers from '../../src/envelopes.ts';
import type { SchemaResult, StandardSchema } from '../../src/messaging/contract.ts';
import { defineContract } from '../../src/messaging/contract.ts';
import type { Classified, EnvelopeFactory } from '../../src/messaging/envelope.ts';
import { MAX_KEY_LENGTH } from '../../src/messaging/message-limits.ts';
import { messagesIn } from '../../src/messaging/messages-in.ts';
import { raw } from '../../src/messaging/raw.ts';
import * as polling from '../../src/polling.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { bytesOf } from '../tools/engine-harness.ts';
import { fakeFetch } from '../tools/fake-fetch.ts';
import { must } from './engine-oracle.ts';
import type { Target } from './fuzzer.mjs';

/** Between two messages of an input. */
const NEXT = '\x1d';

const LIMITS = { ...DEFAULT_LIMITS, maxBatch: 5, maxHeldBytes: 2_000, maxHandlers: 4 };

/** Each with messages of its own. */
const PROTOCOLS: readonly (readonly [EnvelopeFactory, ...(readonly (string | object)[])])[] = [
  [
    protocolsOfOthers.socketIo(),
    '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000}',
    '40{"sid":"s","pid":"p"}',
    '42["hello",{"a":1},"Q8d-GOz"]',
    '43/admin,7[{"ok":1}]',
    '451-["file",{"_placeholder":true,"num":0}]',
    '\x01\x02\x03',
    '44{"message":"no"}',
    '2',
    '41',
  ],
  [
    protocolsOfOthers.graphqlTransportWs(),
    { type: 'connection_ack' },
    { id: 's1', type: 'next', payload: { data: { a: 1 }, errors: [{ message: 'x' }] } },
    { id: '1', type: 'error', payload: [{ message: 'no', path: ['a'] }] },
    { id: 's1', type: 'complete' },
    { type: 'ping', payload: {} },
  ],
  [
    protocolsOfOthers.phoenix(),
    ['1', '1', 'room:a', 'phx_reply', { status: 'ok', response: {} }],
    ['1', 'n2', 'room:a', 'phx_reply', { status: 'error', response: { reason: 'x' } }],
    [null, null, 'room:a', 'new_msg', { body: 'x' }],
    ['1', '1', 'room:a', 'phx_error', {}],
    ['1', '1', 'room:a', 'phx_close', {}],
  ],
  [
    protocolsOfOthers.supabase({ apikey: 'key' }),
    ['1', '1', 'realtime:a', 'phx_reply', { status: 'ok', response: { postgres_changes: [{ id: 7 }] } }],
    ['1', null, 'realtime:a', 'postgres_changes', { ids: [7], data: { type: 'INSERT', record: {} } }],
    [null, null, 'realtime:a', 'broadcast', { event: 'x', payload: {}, type: 'broadcast' }],
  ],
  [
    protocolsOfOthers.pusher(),
    { event: 'pusher:connection_established', data: '{"socket_id":"1.2","activity_timeout":120}' },
    { event: 'pusher_internal:subscription_succeeded', channel: 'room', data: '{}' },
    { event: 'pusher:error', data: { message: 'x', code: 4009 } },
    { event: 'created', channel: 'room', data: '{"a":1}', user_id: 'u' },
    { event: 'pusher:ping', data: {} },
  ],
  [
    protocolsOfOthers.actionCable(),
    { type: 'welcome' },
    { type: 'ping', message: 1 },
    { identifier: '{"channel":"Chat"}', type: 'confirm_subscription' },
    { identifier: '{"channel":"Chat"}', message: { text: 'x' } },
    { type: 'disconnect', reason: 'unauthorized', reconnect: false },
  ],
  [
    protocolsOfOthers.signalR(),
    '{}\x1e{"type":6}\x1e',
    '{"type":1,"target":"Message","arguments":["a"]}\x1e',
    '{"type":3,"invocationId":"1","result":3}\x1e{"type":2,"invocationId":"s1","item":0}\x1e',
    '{"type":7,"error":"x","allowReconnect":true}\x1e',
  ],
  [
    protocolsOfOthers.stomp(),
    'CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0',
    'MESSAGE\nsubscription:s1\nmessage-id:m\ndestination:/q/a\ncontent-length:2\n\nab\0',
    'RECEIPT\nreceipt-id:1\n\n\0',
    'ERROR\nmessage:x\nreceipt-id:1\n\nbody\0',
    '\n',
  ],
  [
    protocolsOfOthers.obs(),
    { op: 0, d: { obsWebSocketVersion: '5.1.0', rpcVersion: 1 } },
    { op: 5, d: { eventType: 'SceneCreated', eventIntent: 4, eventData: {} } },
    {
      op: 7,
      d: { requestType: 'A', requestId: '1', requestStatus: { result: false, code: 600, comment: 'x' } },
    },
  ],
  [
    protocolsOfOthers.homeAssistant({ token: 'hush-hush' }),
    { type: 'auth_required', ha_version: '2026.11.0' },
    { id: 2, type: 'result', success: false, error: { code: 'x', message: 'y' } },
    [
      { id: 2, type: 'event', event: { a: 1 } },
      { id: 3, type: 'pong' },
    ],
  ],
  [
    protocolsOfOthers.appSync({ authorize: () => ({ host: 'h' }) }),
    { type: 'connection_ack', connectionTimeoutMs: 300_000 },
    { type: 'ka' },
    { type: 'data', id: '1', event: ['{"a":1}'] },
    { type: 'subscribe_error', id: '1', errors: [{ errorType: 'x', message: 'y' }] },
  ],
  [
    protocolsOfOthers.chromeDevTools(),
    { id: 1, result: { sessionId: 'S' } },
    { id: 4, error: { code: -32_601, message: 'not found' }, sessionId: 'S' },
    { method: 'Target.detachedFromTarget', params: { sessionId: 'S', targetId: 'T' } },
  ],
  ...[
    protocolsOfOthers.ethereum(),
    protocolsOfOthers.solana(),
    protocolsOfOthers.lsp(),
    protocolsOfOthers.mcp({
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'x', version: '1' },
      },
    }),
  ].map((factory): readonly [EnvelopeFactory, ...object[]] => [
    factory,
    { jsonrpc: '2.0', id: 1, result: '0x1' },
    { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result: {} } },
    { jsonrpc: '2.0', method: 'slotNotification', params: { subscription: 7, result: { slot: 1 } } },
    { jsonrpc: '2.0', method: '$/progress', params: { token: '1', value: { kind: 'end' } } },
    { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } },
    { jsonrpc: '2.0', id: 'a', method: 'roots/list' },
  ]),
];

const textOf = (message: string | object): string =>
  typeof message === 'string' ? message : JSON.stringify(message);

const KINDS = ['reply', 'progress', 'failure', 'event', 'request', 'error', 'message', 'nothing'];

/** What a reader says of a message. */
export function judge(meant: Classified): void {
  must(KINDS.includes(meant.kind), `there is no kind ${meant.kind}`);
  if ('key' in meant && meant.key !== undefined) judgeKey(meant.key);
  if ('error' in meant && meant.error !== undefined)
    must(typeof meant.error.message === 'string', 'an error has no message');
  if (meant.kind !== 'event') return;
  must(typeof meant.name === 'string', 'an event has no name');
  if (meant.subscription !== undefined) judgeKey(meant.subscription.key);
}

function judgeKey(key: unknown): void {
  const isKey = typeof key === 'number' || (typeof key === 'string' && key.length <= MAX_KEY_LENGTH);
  must(isKey, `not a key: ${JSON.stringify(key)}`);
}

/** A byte that says which protocol, and messages of a line: those that begin with the byte 1 are bytes. */
export const protocols: Target = {
  examples: PROTOCOLS.flatMap(([, ...messages], at) => [
    ...messages.map((message) => bytesOf(String.fromCharCode(at) + textOf(message))),
    bytesOf(String.fromCharCode(at) + messages.map(textOf).join(NEXT)),
  ]),
  words: [
    ...new Set(
      PROTOCOLS.flatMap(([, ...messages]) => messages)
        .flatMap((message) => textOf(message).match(/"[^"]*":?|[a-z-]+:|\d{3,}/g) ?? [])
        .concat(
          NEXT,
          '{',
          '}',
          '[',
          ']',
          ',',
          '\0',
          '\n',
          '\x1e',
          'null',
          '"__proto__":{}',
          '1e400',
          '\\ud800',
        ),
    ),
  ].map(bytesOf),
  mostBytes: 500,
  run: (input) => {
    const [factory] = PROTOCOLS[(input[0] ?? 0) % PROTOCOLS.length]!;
    const { reader, rpc, codec } = factory();
    const line = reader({});
    try {
      rpc?.request(rpc.allocate(), 'm', {});
    } catch {
      // There are protocols without requests.
    }
    for (const text of Buffer.from(input.subarray(1)).toString().split(NEXT)) {
      let messages: readonly unknown[];
      try {
        const data = text.startsWith('\x01') ? new TextEncoder().encode(text) : text;
        messages = messagesIn(data, codec, line, LIMITS);
      } catch (error) {
        // An envelope of a user may throw whatever it likes: the client makes an error of ours of it.
        must(error instanceof Error, `what is thrown is no error: ${String(error)}`);
        continue;
      }
      must(messages.length <= LIMITS.maxBatch, 'a batch is larger than the limit');
      for (const message of messages) {
        const meant = line.classify(message);
        judge(meant);
        meant.also?.abandons?.match('x');
      }
    }
    must(({} as { op?: unknown }).op === undefined, 'the prototype of all objects is changed');
  },
};

/** A schema by hand: a number, which becomes a text; later, where it is odd. */
const numbered: StandardSchema<number, string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value): SchemaResult<string> | Promise<SchemaResult<string>> => {
      if (typeof value !== 'object' || value === null || !('n' in value) || typeof value.n !== 'number')
        return { issues: [{ message: 'not a number', path: ['n'] }] };
      const result = { value: `n${value.n}` };
      return value.n % 2 === 0 ? result : Promise.resolve().then(() => result);
    },
  },
};

const CONTRACT = defineContract({
  requests: { sum: { params: numbered, result: numbered, error: numbered } },
  events: { tick: numbered },
  streams: { prices: { params: numbered, event: numbered } },
  handlers: { confirm: { params: numbered, result: numbered } },
});

/** Lines as messages to a client that has a contract of schemas, of which some judge later. */
export const contract: Target = {
  examples: [
    '{"jsonrpc":"2.0","id":1,"result":{"n":3}}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no","data":{"n":4}}}',
    '{"jsonrpc":"2.0","method":"tick","params":{"n":7}}\n{"jsonrpc":"2.0","method":"tick","params":{"n":8}}',
    '{"jsonrpc":"2.0","id":2,"result":"a"}\n{"jsonrpc":"2.0","method":"subscription","params":{"subscription":"a","result":{"n":1}}}\n{"jsonrpc":"2.0","method":"subscription","params":{"subscription":"a","result":{"n":2}}}',
    '{"jsonrpc":"2.0","id":7,"method":"confirm","params":{"n":5}}',
    '{"jsonrpc":"2.0","method":"toString","params":{"n":5}}',
  ].map(bytesOf),
  words: [
    '{"n":1}',
    '{"n":2}',
    '{"n":"x"}',
    '"tick"',
    '"id":1,',
    '"id":2,',
    '\n',
    '"__proto__"',
    'null',
    '[]',
  ]
    .concat(
      '"result":',
      '"params":',
      '"error":{"code":1,"message":"m","data":',
      '"subscription":"a"',
      '"end":true',
    )
    .map(bytesOf),
  mostBytes: 700,
  run: async (input) => {
    const clock = createVirtualClock();
    const server = createScriptedServer();
    const holdline = createClient({
      url: 'ws://test',
      contract: CONTRACT,
      transport: server.transport,
      clock,
      heartbeat: false,
      reconnect: false,
      limits: { maxBatch: 5, maxHeldBytes: 2_000 },
    });
    let settled = 0;
    let isClosed = false;
    const seen: string[] = [];
    const isRight = (value: unknown): void => {
      must(
        typeof value === 'string' && /^n-?[\d.e+]+$/i.test(value),
        `not as the schema gives it: ${String(value)}`,
      );
      must(!isClosed, 'something is told behind the end');
    };
    holdline.on('error', (error) =>
      must(error instanceof HoldlineError, `an error that is none of ours: ${error}`),
    );
    holdline.onEvent('tick', (text) => {
      isRight(text);
      seen.push(text);
    });
    holdline.handle('confirm', (text) => {
      isRight(text);
      return 2;
    });
    const failed = (error: unknown): void => {
      must(error instanceof HoldlineError, `a call fails by an error that is none of ours: ${error}`);
      settled++;
    };
    holdline.request('sum', 4).then((text) => {
      isRight(text);
      settled++;
    }, failed);
    const subscription = holdline.subscribe('prices', 6);
    subscription.on(isRight);
    void subscription.closed.then(() => settled++, failed);
    await clock.advance(0);
    const lines = Buffer.from(input).toString().split('\n');
    for (const line of lines) server.last.send(line);
    await clock.settle();
    const closing = holdline.close();
    await clock.advance(30_000);
    await closing;
    isClosed = true;
    must(settled === 2, `${settled} of 2 calls are settled behind the end`);
    must(clock.pendingTimers === 0, `${clock.pendingTimers} timers are left`);
    must(seen.length <= lines.length * 5, 'an event came twice');
  },
};

const PRESETS: readonly polling.PollingOptions<never>[] = [
  polling.plainPolling(),
  polling.longPolling(),
  polling.sockjs(),
  polling.engineIo(),
  polling.phoenixLongPoll(),
  polling.centrifugoStream(),
] as never;

/** A byte that says which preset, and answers to its requests: one of `2345x` for the status, and a body. */
export const pollingAnswers: Target = {
  examples: [
    ['2hello', '2', '2world'],
    ['2{"cursor":0,"messages":[]}', '2{"cursor":2,"messages":["a","b"]}', '4'],
    ['2o\n', '2a["x","y"]\n', '2h\n', '2c[3001,"bye"]\n'],
    ['20{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000}', '24hello\x1e2', '2ok', '21'],
    ['2{"status":410,"token":"secret-token"}', '2{"status":200,"messages":["[1]"]}', '2{"status":204}'],
    ['2{"id":1,"connect":{"session":"s1","node":"n1"}}\n{}\n', '5'],
  ].map((answers, at) => bytesOf(String.fromCharCode(at) + answers.join(NEXT))),
  words: [
    NEXT,
    '2',
    '4',
    '5',
    '"messages":',
    '"cursor":',
    '"status":410',
    '[',
    ']',
    '{}',
    '"',
    '\n',
    '\x1e',
    'b',
    'a["x"]',
  ]
    .concat('o', 'h', 'c[1000,"x"]', 'null', '1e400', '-1', '"sid":', '"token":"t"', '__proto__')
    .map(bytesOf),
  mostBytes: 400,
  run: async (input) => {
    const clock = createVirtualClock();
    const { fetch, open } = fakeFetchOf();
    const preset = PRESETS[(input[0] ?? 0) % PRESETS.length]!;
    const holdline = createClient({
      url: 'ws://test/socket',
      envelope: raw(),
      transport: polling.pollingTransport({ ...preset, fetch }),
      clock,
      reconnect: false,
      limits: { maxMessageBytes: 2_000, maxHeldBytes: 4_000 },
    });
    let isClosed = false;
    let settled = 0;
    holdline.on('error', (error) =>
      must(error instanceof HoldlineError, `an error that is none of ours: ${error}`),
    );
    holdline.on('message', () => must(!isClosed, 'a message is told behind the end'));
    holdline.send('hello').then(
      () => settled++,
      () => settled++,
    );
    await clock.advance(0);
    for (const answer of Buffer.from(input.subarray(1)).toString().split(NEXT)) {
      const status = { '2': 200, '3': 302, '4': 404, '5': 503 }[answer[0] ?? ''] ?? 204;
      open()[0]?.answer(answer.slice(1), { status });
      for (let turn = 0; turn < 4; turn++) await clock.settle();
      await clock.advance(1_000);
    }
    const closing = holdline.close();
    await clock.advance(60_000);
    await closing;
    isClosed = true;
    must(settled === 1, 'a message has no outcome behind the end');
    must(
      open().every(({ isAborted }) => isAborted),
      'a request is under way behind the end',
    );
    must(clock.pendingTimers === 0, `${clock.pendingTimers} timers are left`);
  },
};

function fakeFetchOf(): { fetch: polling.PollFetch; open: () => ReturnType<typeof fakeFetch>['open'] } {
  const http = fakeFetch();
  return { fetch: http.fetch, open: () => http.open };
}
