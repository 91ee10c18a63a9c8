// Mistakes in the policies, made by hand: each is one that somebody could make, and that the simulation must notice.

/**
 * A mistake, as edits of sources.
 * @typedef {object} Mutant
 * @property {string} name
 * @property {string} rule the promise that it breaks, by its name in src/testing/rules.ts
 * @property {string} what what it does, for people
 * @property {readonly Edit[]} edits
 */

/**
 * @typedef {object} Edit
 * @property {string} file in src/
 * @property {string} find a text that stands there once
 * @property {string} put what takes its place
 */

/**
 * @param {string} name
 * @param {string} rule
 * @param {string} what
 * @param {...[file: string, find: string, put: string]} edits
 * @returns {Mutant}
 */
const mutant = (name, rule, what, ...edits) => ({
  name,
  rule,
  what,
  edits: edits.map(([file, find, put]) => ({ file, find, put })),
});

const OUTBOX = 'messaging/outbox.ts';
const REQUESTS = 'messaging/requests.ts';
const SUBSCRIPTIONS = 'messaging/subscriptions.ts';
const CLIENT = 'client/long-connection.ts';
const LINE = 'connection/line.ts';
const NEXT = 'connection/next-attempt.ts';

export const MUTANTS = [
  mutant('sent-is-not-told', 'settles', 'a queued message leaves, and its promise stays pending', [
    OUTBOX,
    'sent: () => settle(() => resolve(this.#handedOff)),',
    'sent: () => {},',
  ]),
  mutant('outbox-survives-close', 'settles', 'what waits when the client is closed is forgotten', [
    CLIENT,
    '    outbox.clear();\n',
    '',
  ]),
  mutant('subscriptions-survive-close', 'settles', 'a closed client does not end its subscriptions', [
    CLIENT,
    '    subscriptions?.end(error);\n',
    '',
  ]),
  mutant('victims-are-not-told', 'settles', 'what a full outbox drops is dropped silently', [
    OUTBOX,
    'this.#tell(victim, notSent(isReplaced',
    'void (() => notSent(isReplaced',
  ]),
  mutant('lost-requests-hang', 'settles', 'a request that was sent on a lost connection is forgotten', [
    REQUESTS,
    '        this.#settle(call);\n        const { method } = call;\n        call.reject(\n          isClosing',
    '        this.#settle(call);\n        const { method } = call;\n        ((_: unknown) => {})(\n          isClosing',
  ]),
  mutant(
    'everything-is-idempotent',
    'onceOnTheWire',
    'every request is sent again after a loss',
    [REQUESTS, 'if (call.idempotent && !isClosing)', 'if (!isClosing)'],
    [REQUESTS, "if (!call.idempotent) call.data = call.params = call.meta = '';", ''],
  ),
  mutant('sent-stays-queued', 'onceOnTheWire', 'a message that has left stays in the outbox', [
    OUTBOX,
    '      this.#remove(waiting);\n      entry.sent?.();',
    '      entry.sent?.();',
  ]),
  mutant(
    'lost-is-not-sent',
    'outcomesAreTrue',
    'a request that was on the wire is called not-sent when the connection is lost',
    [
      REQUESTS,
      "new DeliveryError('REPLY_LOST', { outcome: 'unknown', method })",
      "new DeliveryError('REPLY_LOST', { outcome: 'not-sent', method })",
    ],
  ),
  mutant(
    'late-is-not-sent',
    'outcomesAreTrue',
    'a request that times out while it waits to be sent again is called not-sent',
    [REQUESTS, "call.withdraw() && !call.everSent ? 'not-sent'", "call.withdraw() ? 'not-sent'"],
  ),
  mutant('aborted-is-sent', 'outcomesAreTrue', 'an aborted message stays in the outbox', [
    OUTBOX,
    "if (withdraw()) settle(() => reject(aborted(reason, 'not-sent')));",
    "settle(() => reject(aborted(reason, 'not-sent')));",
  ]),
  mutant(
    'late-leaves-later',
    'outcomesAreTrue',
    'a request that has timed out in the outbox leaves all the same',
    [
      REQUESTS,
      "const outcome = call.withdraw() && !call.everSent ? 'not-sent' : 'unknown';",
      "const outcome = !call.everSent ? 'not-sent' : 'unknown';",
    ],
  ),
  mutant('ids-come-back', 'repliesFit', 'ids of requests are used again', [
    'messaging/json-rpc.ts',
    'allocate: () => ++lastId,',
    'allocate: () => (lastId = (lastId % 4) + 1),',
  ]),
  mutant('answers-go-astray', 'repliesFit', 'the answer to the server goes to the newest connection', [
    REQUESTS,
    'if (data !== undefined && line.isReady) outbox.reply(data, line);',
    'if (data !== undefined) outbox.reply(data, this.#core.connection.line ?? line);',
  ]),
  mutant('newest-first', 'inOrder', 'what waits leaves newest first', [
    OUTBOX,
    'for (const waiting of this.#ranks[rank]) {',
    'for (const waiting of [...this.#ranks[rank]].reverse()) {',
  ]),
  mutant('old-ids-return', 'idsRise', 'a request that is sent again keeps its id, behind higher ones', [
    REQUESTS,
    "if (typeof key !== 'number' || key > this.#lastKey) return data;",
    'if (key !== undefined) return data;',
  ]),
  mutant('one-login', 'loginFirst', 'only the first attempt logs in', [
    LINE,
    'if (login === undefined) return this.#becomeReady();',
    'if (login === undefined || this.#setup.attempt > 1) return this.#becomeReady();',
  ]),
  mutant('unmasked', 'loginFirst', 'short frames are not masked', [
    'protocol/frame-header.ts',
    'view.setUint16(at, ((Opcode.text | FIN_BIT) << 8) | MASK_BIT | length);',
    'view.setUint16(at, ((Opcode.text | FIN_BIT) << 8) | length);',
  ]),
  mutant('outbox-first', 'subscriptionsFirst', 'what waits leaves before the subscriptions', [
    CLIENT,
    '    // The order on every line: login, subscriptions, then what waits.',
    '    outbox.open();\n    // The order on every line: login, subscriptions, then what waits.',
  ]),
  mutant('subscribed-once', 'subscriptionsFirst', 'subscriptions are not made again on a new connection', [
    SUBSCRIPTIONS,
    'if (this.#open.has(subscription)) this.#again(subscription, line, judge);',
    'if (this.#open.has(subscription)) judge(false);',
  ]),
  mutant('events-come-twice', 'eventsOnce', 'an event with a known cursor is told again', [
    'messaging/subscription.ts',
    'if (this.#seen.has(cursor)) return true;',
    '',
  ]),
  mutant('always-recovered', 'holesAreTold', 'every gap is called recovered', [
    CLIENT,
    'const recovered = line.login.recovered === true || (isWhole && !isPlain);',
    'const recovered = isWhole || !isWhole || isPlain;',
  ]),
  mutant('resume-is-believed', 'holesAreTold', 'a resume counts as one although the server has refused it', [
    SUBSCRIPTIONS,
    'return cursor !== undefined && resumed?.(result, cursor) === true;',
    'return cursor !== undefined || result === cursor;',
  ]),
  mutant('no-gap', 'gapsAreTold', 'a new connection raises no gap', [
    CLIENT,
    'if (epoch === 1) return;',
    'if (epoch >= 1) return;',
  ]),
  mutant('ready-forgives', 'waitsGrow', 'the first moment of a ready connection resets the counter', [
    NEXT,
    '    this.#known.add(address);',
    '    this.failures = this.flaps = 0;\n    this.#known.add(address);',
  ]),
  mutant('stable-too-soon', 'waitsGrow', 'half a second counts as a stable connection', [
    NEXT,
    'export const STABLE_AFTER_MS = 5_000;',
    'export const STABLE_AFTER_MS = 500;',
  ]),
  mutant(
    'flaps-are-free',
    'waitsGrow',
    'a server that accepts and drops is called again after any share of the range',
    [
      'connection/backoff.ts',
      'const share = flaps > 1 ? FLAP_SHARE : 0;',
      'const share = flaps > 1e9 ? FLAP_SHARE : 0;',
    ],
  ),
  mutant('linear-backoff', 'waitsGrow', 'the range grows by addition', [
    'connection/backoff.ts',
    'options.baseDelay * power(options.factor, failures - 1)',
    'options.baseDelay * Math.min(2, power(1, failures)) * failures',
  ]),
  mutant('hints-are-ignored', 'hintsAreObeyed', 'the wait that a server asks for is not waited', [
    NEXT,
    'return { delay: Math.max(hint, isNumber ? own : times.maxDelay), hint };',
    'return { delay: isNumber ? own : times.maxDelay, hint };',
  ]),
  mutant(
    'two-renewals',
    'oneRenewal',
    'whoever needs new credentials gets them',
    [
      'connection/renewal.ts',
      'const underWay = this.#underWay ?? this.#begin(renew, attempt, options);',
      'const underWay = this.#begin(renew, attempt, options);',
    ],
    ['auth/token-source.ts', 'const joined = underWay ?? begin(attempt);', 'const joined = begin(attempt);'],
  ),
  mutant('renews-for-ever', 'oneRenewal', 'credentials that were refused are renewed again and again', [
    'connection/renewal.ts',
    'return this.refusal === undefined ? !this.isUnproven : this.#underWay !== undefined;',
    'return true;',
  ]),
  mutant('ttl-is-ignored', 'agesAreKept', 'a message waits for as long as it takes', [
    OUTBOX,
    'if (Number.isFinite(ttl)) this.#age(waiting, ttl);',
    '',
  ]),
  mutant('ttl-is-max-age', 'agesAreKept', 'the bound of one message gives way to that of all', [
    OUTBOX,
    'const { ttl = maxAge, key } = entry;',
    'const { ttl = maxAge, key } = { ...entry, ttl: maxAge };',
  ]),
  mutant('silence-is-golden', 'silenceIsNoticed', 'a ping that is not answered has no consequence', [
    'connection/heartbeat.ts',
    'else if (clock.now() >= deadline) this.line.dead(timeout, this.#inDoubt);',
    'else if (clock.now() >= deadline) this.#rest();',
  ]),
  mutant('patience', 'silenceIsNoticed', 'the answer to a ping may take three times as long', [
    'connection/heartbeat.ts',
    'const deadline = askedAt + timeout;',
    'const deadline = askedAt + 3 * timeout;',
  ]),
  mutant('retry-after-close', 'nothingIsLeft', 'the timer of the next attempt outlives the client', [
    'connection/connection.ts',
    '    this.options.clock.clearTimer(this.#timer);\n    this.#parting?.abandon(conditionsChanged());\n    this.#parting = undefined;\n    this.#isConcluding = true;',
    '    this.#parting?.abandon(conditionsChanged());\n    this.#parting = undefined;\n    this.#isConcluding = true;',
  ]),
  mutant('listeners-stay', 'nothingIsLeft', 'a closed client goes on to listen to the page', [
    'connection/environment.ts',
    '      this.#unwatch?.();\n',
    '',
  ]),
  mutant('dead-sockets-stay', 'nothingIsLeft', 'a connection that is given up keeps its socket', [
    LINE,
    'if (this.#end.closure === undefined) this.#transport?.abandon();',
    '',
  ]),
  mutant('no-retry', 'comesBack', 'the wait for the next attempt has no end', [
    'connection/connection.ts',
    "this.#timer = clock.setTimer(() => this.#begin('retry is due'), time);",
    'this.#timer = clock.setTimer(() => {}, time);',
  ]),
  mutant('put-away-for-ever', 'comesBack', 'a page that returns does not connect again', [
    'connection/environment.ts',
    "return: { waiting: 'hurry' },",
    'return: {},',
  ]),
  mutant('gives-up', 'comesBack', 'a connection that breaks is the last', [
    'connection/retry-policy.ts',
    "if (closure.received === undefined) return { action: 'retry', rule: 'the connection was lost' };",
    "if (closure.received === undefined) return stop('the connection was lost');",
  ]),
  mutant('connecting-for-ever', 'comesBack', 'an attempt may take for ever', [
    LINE,
    'handshakeTimeout: this.#timeout,',
    'handshakeTimeout: 0,',
  ]),
];
