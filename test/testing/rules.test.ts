// Each promise on a small history that breaks it, and on one that does not.
import { describe, expect, it } from 'vitest';
import type { HistoryEvent, HistoryRecord } from '../../src/testing/history.ts';
import { checkHistory, RULE_NAMES, type RuleName } from '../../src/testing/rules.ts';

type Row = readonly [what: HistoryEvent, id: number, detail?: Record<string, unknown>];

/** A record every 100 ms. */
const history = (rows: readonly Row[]): HistoryRecord[] =>
  rows.map(([what, id, detail = {}], index) => ({
    at: index * 100,
    what,
    id,
    detail: { clock: index * 100, ...detail },
  }));

const call = (id: number, method: string, detail: Record<string, unknown> = {}): Row => [
  'call',
  id,
  { method, ...detail },
];
const settled = (id: number, outcome: string, detail: Record<string, unknown> = {}): Row => [
  'settled',
  id,
  { outcome, ...detail },
];
const seen = (connection: number, content: string, kind = 'message', key?: number | string): Row => [
  'seen',
  connection,
  { kind, content, key },
];
const told = (name: string, detail: Record<string, unknown> = {}): Row => ['told', 1, { name, ...detail }];
const state = (from: string, to: string, detail: Record<string, unknown> = {}): Row =>
  told('state', { from, to, ...detail });
const heard = (id: number, number: number): Row => ['heard', id, { number }];
const times = { firstDelay: 5_000, baseDelay: 2_000, maxDelay: 30_000 };
const watched = told('watched', { times });
const lost = (delay: number, share = 0.5): Row =>
  state('connecting', 'waiting', { reason: 'attempt failed', delay, share });

const dropped = (delay: number): Row =>
  state('ready', 'waiting', { reason: 'connection lost', delay, share: 0.5 });
/** So many records that say nothing. */
const calm = (count: number): Row[] => Array.from({ length: count }, () => ['down', 1]);

const CASES: Record<RuleName, { wrong: readonly (readonly Row[])[]; right: readonly (readonly Row[])[] }> = {
  settles: {
    wrong: [
      [call(1, 'ready')],
      [call(1, 'ready'), settled(1, 'done'), settled(1, 'done')],
      [call(1, 'ready'), call(2, 'close'), settled(2, 'done'), settled(1, 'done')],
    ],
    right: [
      [call(1, 'ready'), settled(1, 'done')],
      [
        call(1, 'ready'),
        told('excuse'),
        call(2, 'close'),
        told('excuse'),
        settled(2, 'done'),
        settled(1, 'done'),
      ],
    ],
  },
  onceOnTheWire: {
    wrong: [[call(1, 'send', { content: 'a' }), settled(1, 'handed-off'), seen(1, 'a'), seen(2, 'a')]],
    right: [
      [
        call(1, 'request', { content: 'a', isRepeatable: true }),
        settled(1, 'replied'),
        seen(1, 'a'),
        seen(2, 'a'),
      ],
    ],
  },
  outcomesAreTrue: {
    wrong: [
      [call(1, 'send', { content: 'a' }), seen(1, 'a'), settled(1, 'not-sent')],
      [call(1, 'request', { content: 'a' }), settled(1, 'replied')],
      [seen(1, 'a')],
    ],
    right: [
      [
        ...[call(1, 'send', { content: 'a' }), call(2, 'send', { content: 'a' }), seen(1, 'a')],
        ...[settled(1, 'not-sent'), settled(2, 'handed-off')],
      ],
    ],
  },
  repliesFit: {
    wrong: [
      [call(1, 'request', { content: 'a' }), seen(1, 'a'), settled(1, 'replied', { value: 'b' })],
      [seen(2, '', 'answer', 's1-1')],
    ],
    right: [
      [
        call(1, 'request', { content: 'a' }),
        seen(1, 'a'),
        settled(1, 'replied', { value: 'a' }),
        seen(1, '', 'answer', 's1-1'),
      ],
    ],
  },
  inOrder: {
    wrong: [
      [
        ...[call(1, 'send', { content: 'a' }), call(2, 'send', { content: 'b' }), seen(1, 'b'), seen(1, 'a')],
        ...[settled(1, 'handed-off'), settled(2, 'handed-off')],
      ],
    ],
    right: [
      [
        ...[call(1, 'send', { content: 'a' }), call(2, 'send', { content: 'b' }), seen(1, 'b'), seen(2, 'a')],
        ...[settled(1, 'handed-off'), settled(2, 'handed-off')],
      ],
      [
        ...[
          call(1, 'send', { content: 'a', isLoose: true }),
          call(2, 'send', { content: 'b' }),
          seen(1, 'b'),
        ],
        ...[seen(1, 'a'), settled(1, 'handed-off'), settled(2, 'handed-off')],
      ],
    ],
  },
  idsRise: {
    wrong: [[seen(1, '', 'subscribe', 2), seen(1, '', 'subscribe', 1)]],
    right: [[seen(1, '', 'subscribe', 1), seen(1, '', 'subscribe', 2), seen(2, '', 'subscribe', 1)]],
  },
  loginFirst: {
    wrong: [[seen(1, 'a', 'early')], [seen(1, '', 'unmasked')]],
    right: [[seen(1, 'a', 'login'), seen(1, '', 'close')]],
  },
  subscriptionsFirst: {
    wrong: [
      [
        ...[call(1, 'subscribe'), ['opened', 1] as Row, call(2, 'send', { content: 'a' }), seen(1, 'a')],
        ...[seen(1, '', 'subscribe', 1), settled(1, 'done'), settled(2, 'handed-off')],
      ],
    ],
    right: [
      [
        ...[
          call(1, 'subscribe'),
          ['opened', 1] as Row,
          call(2, 'send', { content: 'a' }),
          seen(1, '', 'subscribe', 1),
        ],
        ...[seen(1, 'a'), settled(1, 'done'), settled(2, 'handed-off')],
      ],
      [seen(1, '', 'subscribe', 1), call(1, 'subscribe'), settled(1, 'done')],
    ],
  },
  eventsOnce: {
    wrong: [[call(1, 'subscribe', { hasCursor: true }), heard(1, 1), heard(1, 1), settled(1, 'done')]],
    right: [
      [call(1, 'subscribe', { hasCursor: true }), heard(1, 2), heard(1, 1), settled(1, 'done')],
      [call(1, 'subscribe'), heard(1, 1), heard(1, 1), settled(1, 'done')],
    ],
  },
  holesAreTold: {
    wrong: [
      [call(1, 'subscribe'), heard(1, 1), heard(1, 3), settled(1, 'done')],
      [
        call(1, 'subscribe'),
        heard(1, 1),
        told('gap', { epoch: 2, recovered: true }),
        heard(1, 3),
        settled(1, 'done'),
      ],
    ],
    right: [
      [
        call(1, 'subscribe'),
        heard(1, 1),
        told('gap', { epoch: 2, recovered: false }),
        heard(1, 3),
        settled(1, 'done'),
      ],
      [call(1, 'subscribe'), heard(1, 1), heard(1, 3), heard(1, 2), settled(1, 'done')],
    ],
  },
  gapsAreTold: {
    wrong: [[told('ready', { epoch: 2 }), told('lost')]],
    right: [
      [told('ready', { epoch: 1 }), told('ready', { epoch: 2 }), told('gap', { epoch: 2 }), told('closed')],
    ],
  },
  waitsGrow: {
    wrong: [
      [watched, lost(2_000)],
      [watched, lost(2_500), lost(1_000)],
      // Two connections that were ready and gone: half of the range at least.
      [...[watched, state('connecting', 'ready'), lost(2_500), state('connecting', 'ready'), lost(2_500)]],
      [watched, state('ready', 'connecting', { reason: 'connection lost' }), lost(1_000)],
      // A clock that was set says nothing of the server for longer than the heartbeat takes to look.
      [watched, ['fault', 0, { kind: 'clock' }], state('connecting', 'ready'), ...calm(311), dropped(0)],
    ],
    right: [
      [watched, ['fault', 0, { kind: 'clock' }], state('connecting', 'ready'), ...calm(250), dropped(0)],
      [watched, lost(2_500), lost(2_000), lost(4_000), lost(8_000), lost(15_000)],
      [told('watched', { times: false }), lost(0)],
      [watched, told('excuse'), lost(0)],
      [watched, ['fault', 0, { kind: 'sleep' }], lost(0)],
      [watched, state('ready', 'ready'), lost(0)],
      [watched, state('ready', 'waiting', { reason: 'reconnect called', delay: 0, share: 0.5 }), lost(0)],
      [watched, lost(0), state('waiting', 'connecting', { reason: 'credentials refused' })],
    ],
  },
  oneRenewal: {
    wrong: [
      [
        ['renewing', 1],
        ['renewing', 2],
        ['renewed', 1],
        ['renewed', 2],
      ],
      [
        ['renewing', 1],
        ['renewed', 1],
        ['renewing', 2],
        ['renewed', 2],
      ],
    ],
    right: [
      [
        ['renewing', 1],
        ['renewed', 1, { isGivenUp: true }],
        ['renewing', 2],
        ['renewed', 2],
      ],
      [['renewing', 1], ['renewed', 1], told('excuse'), ['renewing', 2], ['renewed', 2]],
      [
        ...([['renewing', 1], ['renewed', 1], state('connecting', 'ready', { clock: 0 })] as Row[]),
        ...([state('ready', 'waiting', { clock: 6_000 }), ['renewing', 2], ['renewed', 2]] as Row[]),
      ],
    ],
  },
  hintsAreObeyed: {
    wrong: [
      [['told', 1, { name: 'trouble', code: 1012 }], state('ready', 'waiting', { delay: 1_000 })],
      [
        ['told', 1, { name: 'trouble', code: 0, retryAfter: 9_000 }],
        state('connecting', 'waiting', { delay: 8_000 }),
      ],
    ],
    right: [
      [['told', 1, { name: 'trouble', code: 1012 }], state('ready', 'waiting', { delay: 5_000 })],
      [
        ['told', 1, { name: 'trouble', code: 1012 }],
        state('ready', 'waiting', { reason: 'reconnect called', delay: 1 }),
      ],
    ],
  },
  agesAreKept: {
    wrong: [[call(1, 'send', { content: 'a', ttl: 50 }), settled(1, 'handed-off'), seen(1, 'a')]],
    right: [[call(1, 'send', { content: 'a', ttl: 100 }), settled(1, 'handed-off'), seen(1, 'a')]],
  },
  silenceIsNoticed: { wrong: [[['left', 1, { what: 'dead', time: 9 }]]], right: [[]] },
  nothingIsLeft: { wrong: [[['left', 0, { what: 'timers', count: 1 }]]], right: [[]] },
  comesBack: {
    wrong: [
      [['left', 1, { what: 'status', status: 'waiting' }]],
      [told('closed', { code: 'CONNECTION_LOST' })],
    ],
    right: [
      [told('closed')],
      [told('closed', { code: 'AUTH_REFUSED', isAuth: true })],
      [told('closed', { code: 'CONNECTION_CLOSED' })],
    ],
  },
};

/** What the end of a connection asks for is told at the moment of the state that follows it. */
const sameTime = (records: HistoryRecord[], rule: RuleName): HistoryRecord[] =>
  rule === 'hintsAreObeyed' ? records.map((record) => ({ ...record, at: 0 })) : records;

describe.each(RULE_NAMES)('%s', (rule) => {
  it.each(CASES[rule].wrong.map((rows, index) => [index, rows] as const))(
    'is broken (%i)',
    (_index, rows) => {
      expect(checkHistory(sameTime(history(rows), rule)).map((breach) => breach.rule)).toContain(rule);
    },
  );

  it.each(CASES[rule].right.map((rows, index) => [index, rows] as const))('is kept (%i)', (_index, rows) => {
    expect(checkHistory(sameTime(history(rows), rule))).toEqual([]);
  });
});
