/** Every bound on what a server can make us hold or do: docs/reference/limits.md is written from this table. */

import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, MAX_UNREAD_MESSAGES } from '../../src/auth/login.ts';
import { DEFAULT_MAX_PARSED_BYTES } from '../../src/base/json-weight.ts';
import { DEFAULT_MAX_BUFFERED } from '../../src/client/long-connection.ts';
import { DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { MAX_OLD_LINES } from '../../src/connection/handover.ts';
import { STABLE_AFTER_MS } from '../../src/connection/next-attempt.ts';
import { MAX_ASKED_WAIT_MS } from '../../src/connection/retry-policy.ts';
import { DEFAULT_INBOX } from '../../src/messaging/inbox.ts';
import {
  DEFAULT_MESSAGE_LIMITS,
  MAX_KEY_LENGTH,
  MAX_READ_BYTES,
} from '../../src/messaging/message-limits.ts';
import { DEFAULT_OUTBOX } from '../../src/messaging/outbox-options.ts';
import { MAX_WAITING } from '../../src/messaging/queue.ts';
import { DEFAULT_SUBSCRIPTION, REMEMBERED_CURSORS } from '../../src/messaging/subscription.ts';
import { ASK_AGAIN_MS, MAX_HELD_EVENTS } from '../../src/messaging/subscriptions.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { MAX_BUFFERED_BYTES } from '../../src/transport/high-water-mark.ts';
import { MAX_REPEATS } from '../../src/transport/polling/poller.ts';
import { DEFAULT_POLLING } from '../../src/transport/polling/polling-transport.ts';
import { MAX_BATCH_BYTES } from '../../src/transport/polling/poster.ts';
import { MAX_CLEANED, MAX_CLEANED_A_SECOND, MAX_MARKED } from '../../src/transport/secrets.ts';
import { MAX_SESSION_AGE_MS, MAX_TLS_SESSIONS } from '../../src/transport/tcp/dialling/session-cache.ts';
import { MAX_UNDELIVERED_BYTES } from '../../src/transport/tcp/whatwg/websocket.ts';
import {
  DEFAULT_CLOSE_TIMEOUT_MS,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  REFUSAL_TIMEOUT_MS,
} from '../../src/transport/timeouts.ts';

export interface Bound {
  readonly what: string;
  readonly standard: number;
  readonly unit: 'bytes' | 'ms' | 'characters' | '';
  /** What changes it; `fixed` if nothing does. */
  readonly option: string;
  /** What happens beyond it. */
  readonly beyond: string;
}

/** The rows, in their order. */
export type BoundName =
  | 'message'
  | 'read'
  | 'fragments'
  | 'parsed'
  | 'batch'
  | 'key'
  | 'held'
  | 'events'
  | 'eventBytes'
  | 'early'
  | 'cursors'
  | 'again'
  | 'loop'
  | 'loopBytes'
  | 'kept'
  | 'inbox'
  | 'inboxBytes'
  | 'inboxMost'
  | 'inboxCount'
  | 'undelivered'
  | 'unread'
  | 'unreadBytes'
  | 'loginReply'
  | 'pending'
  | 'requestTime'
  | 'handlers'
  | 'answers'
  | 'outbox'
  | 'outboxBytes'
  | 'outboxAge'
  | 'socket'
  | 'pings'
  | 'opening'
  | 'head'
  | 'line'
  | 'fields'
  | 'refusal'
  | 'refusalTime'
  | 'looked'
  | 'lookedSecond'
  | 'marked'
  | 'redirects'
  | 'closing'
  | 'pollTime'
  | 'pollBatch'
  | 'pollBatchBytes'
  | 'pollRepeats'
  | 'retries'
  | 'retryTime'
  | 'askedWait'
  | 'renewals'
  | 'renewalTime'
  | 'handovers'
  | 'oldLines'
  | 'sessions'
  | 'sessionAge';

/** One line a bound: `name | what | unit | option | beyond`. */
const LINES = `
message | a message, where it is taken as it is: \`connect\`, \`WebSocket\`, \`raw()\` | bytes | \`limits.maxMessageBytes\` | Close 1009, \`MESSAGE_TOO_BIG\`
read | a message, where a codec reads it | bytes | \`limits.maxMessageBytes\` | Close 1009, \`MESSAGE_TOO_BIG\`; where the transport takes what comes, as a browser does, \`BAD_MESSAGE\`
fragments | fragments of a message | | \`limits.maxFragments\` | Close 1008, \`TOO_MANY_FRAGMENTS\`
parsed | what a message of JSON takes in memory | bytes | \`json({ maxParsedBytes })\` | \`BAD_MESSAGE\`, before it is parsed
batch | messages in one: a batch | | \`limits.maxBatch\` | \`BAD_MESSAGE\`, none of them is read
key | a text that names a request, a subscription or a cursor | characters | fixed | it is no such name
held | all that a client holds for its readers and handlers | bytes | \`limits.maxHeldBytes\` | \`SUBSCRIPTION_OVERFLOW\`, a \`gap\`, or an error reply
events | events that wait for the reader of a subscription | | \`maxEvents\` | \`SUBSCRIPTION_OVERFLOW\`, or a \`gap\` by \`overflow\`
eventBytes | the bytes of these | bytes | \`maxBytes\` | \`SUBSCRIPTION_OVERFLOW\`, or a \`gap\` by \`overflow\`
early | events that come before the reply of their subscription | | fixed | \`SUBSCRIPTION_OVERFLOW\`, or a \`gap\` by \`overflow\`
cursors | cursors that are remembered of a subscription, within a quarter of \`limits.maxHeldBytes\` for all of a client | | fixed | the oldest is forgotten
again | how long a subscription that had begun is asked for again | ms | fixed | the server's refusal ends it
loop | messages that wait for a loop over \`client.messages()\` | | \`maxBuffered\` | the server is stopped
loopBytes | the bytes of these | bytes | fixed | the server is stopped
kept | messages that wait where the server cannot be stopped | | fixed | they are left out, and a \`gap\` tells
inbox | messages that wait for \`receive()\` | | \`inbox.pauseAtMessages\` | the server is stopped
inboxBytes | the bytes of these | bytes | \`inbox.pauseAtBytes\` | the server is stopped
inboxMost | the bytes of these where the server cannot be stopped | bytes | \`inbox.maxBytes\` | \`INBOX_OVERFLOW\`
inboxCount | the messages then | | fixed | \`INBOX_OVERFLOW\`
undelivered | bytes of messages that the listeners of \`WebSocket\` have not heard | bytes | fixed | the server is stopped
unread | messages that a login does not read, or gives back | | fixed | \`LOGIN_FAILED\`
unreadBytes | the bytes of these | bytes | \`limits.maxMessageBytes\` | \`LOGIN_FAILED\`
loginReply | how long a login waits for a message | ms | \`receive(timeout)\`, \`replyTimeout\` | \`LOGIN_FAILED\`
pending | requests of ours under way | | \`outbox.maxPending\` | \`TOO_MANY_REQUESTS\`
requestTime | how long one waits for its reply | ms | \`requestTimeout\` | \`REQUEST_TIMEOUT\`
handlers | requests of the server's on one connection that handlers are busy with | | \`limits.maxHandlers\` | an error reply; \`HANDLER_FAILED\`, once
answers | answers to the server that it does not read | | fixed | they are left out
outbox | messages of ours that wait | | \`outbox.maxMessages\` | \`OUTBOX_FULL\`, or by \`outbox.overflow\`
outboxBytes | the bytes of these | bytes | \`outbox.maxBytes\` | \`OUTBOX_FULL\`, or by \`outbox.overflow\`
outboxAge | how long they wait | ms | \`outbox.maxAge\` | \`OUTBOX_EXPIRED\`
socket | bytes in the hands of the socket | bytes | \`maxBufferedBytes\` | \`BACKPRESSURE\`; messages of a client wait in the outbox
pings | Pings of the server's that are still to be answered | | fixed | the newest is answered
opening | the whole opening: name, TCP, proxy, TLS, HTTP | ms | \`handshakeTimeout\`, of a client \`reconnect.connectTimeout\` | \`TIMEOUT\`
head | the head of the answer to the handshake | bytes | \`limits.maxHeadBytes\` | \`HANDSHAKE_HEADERS_TOO_LARGE\`
line | a line of it | bytes | \`limits.maxHeadLineBytes\` | \`HANDSHAKE_HEADERS_TOO_LARGE\`
fields | its fields | | \`limits.maxHeaders\` | \`HANDSHAKE_HEADERS_TOO_LARGE\`
refusal | the body of a refused handshake | bytes | \`limits.maxRefusalBytes\` | the rest is not read
refusalTime | how long it is waited for | ms | fixed | the error has what came
looked | what is looked through for our secrets of one error, state or frame | characters | fixed | the rest is dropped
lookedSecond | the same of all errors of one connection in a second, and 1,024 characters of each in any case | characters | fixed | the rest is dropped
marked | secrets of an attempt that are looked for, with what its login sends | characters | fixed | the first half is looked for, and the newest
redirects | redirects that are followed | | \`redirects\` | \`HANDSHAKE_REDIRECT\`
closing | how long closing takes | ms | \`closeTimeout\` | \`CLOSE_TIMEOUT\`
pollTime | polling: how long an answer may take beyond \`hold\`, and be silent inside | ms | \`timeout\` of \`pollingTransport\` | \`CONNECTION_LOST\`, with \`TIMEOUT\` as its cause
pollBatch | polling: messages of ours in one request | | \`maxBatch\` of \`pollingTransport\` | the rest leaves in the next
pollBatchBytes | the bytes of these, unless it is one | bytes | fixed | the rest leaves in the next
pollRepeats | polling: repetitions in a row of a poll whose answer was lost, where the server says it again | | fixed | \`CONNECTION_LOST\`
retries | attempts in a row | | \`reconnect.maxAttempts\` | the client is closed
retryTime | the longest wait before one, unless the server asks for more | ms | \`reconnect.maxDelay\` | it is not longer
askedWait | the wait that a server can ask for, before a fifth more at most spreads the clients | ms | fixed | it is not longer
renewals | renewals of credentials in a row that are refused | | fixed | \`AUTH_REFUSED\`
renewalTime | how long one may take | ms | \`reconnect.maxConnectTimeout\` | \`TIMEOUT\`; it is asked for again
handovers | the time from one handover to the next, called for or not | ms | fixed | the handover waits
oldLines | connections that finish beside the one that they were handed over to | | fixed | the oldest is closed
sessions | TLS sessions that are kept | | fixed | the one not used for longest is forgotten
sessionAge | how long one is used | ms | fixed | a full handshake
`;

const STANDARDS: Readonly<Record<BoundName, number>> = {
  message: DEFAULT_LIMITS.maxMessageBytes,
  read: MAX_READ_BYTES,
  fragments: DEFAULT_LIMITS.maxFragments,
  parsed: DEFAULT_MAX_PARSED_BYTES,
  batch: DEFAULT_MESSAGE_LIMITS.maxBatch,
  key: MAX_KEY_LENGTH,
  held: DEFAULT_MESSAGE_LIMITS.maxHeldBytes,
  events: DEFAULT_SUBSCRIPTION.maxEvents,
  eventBytes: DEFAULT_SUBSCRIPTION.maxBytes,
  early: MAX_HELD_EVENTS,
  cursors: REMEMBERED_CURSORS,
  again: ASK_AGAIN_MS,
  loop: DEFAULT_MAX_BUFFERED,
  loopBytes: DEFAULT_INBOX.pauseAtBytes,
  kept: MAX_WAITING,
  inbox: DEFAULT_INBOX.pauseAtMessages,
  inboxBytes: DEFAULT_INBOX.pauseAtBytes,
  inboxMost: DEFAULT_INBOX.maxBytes,
  inboxCount: MAX_WAITING,
  undelivered: MAX_UNDELIVERED_BYTES,
  unread: MAX_UNREAD_MESSAGES,
  unreadBytes: MAX_READ_BYTES,
  loginReply: DEFAULT_LOGIN_REPLY_TIMEOUT_MS,
  pending: DEFAULT_OUTBOX.maxPending,
  requestTime: 30_000,
  handlers: DEFAULT_MESSAGE_LIMITS.maxHandlers,
  answers: DEFAULT_OUTBOX.maxMessages,
  outbox: DEFAULT_OUTBOX.maxMessages,
  outboxBytes: DEFAULT_OUTBOX.maxBytes,
  outboxAge: DEFAULT_OUTBOX.maxAge,
  socket: MAX_BUFFERED_BYTES,
  pings: 1,
  opening: DEFAULT_HANDSHAKE_TIMEOUT_MS,
  head: DEFAULT_LIMITS.maxHeadBytes,
  line: DEFAULT_LIMITS.maxHeadLineBytes,
  fields: DEFAULT_LIMITS.maxHeaders,
  refusal: DEFAULT_LIMITS.maxRefusalBytes,
  refusalTime: REFUSAL_TIMEOUT_MS,
  looked: MAX_CLEANED,
  lookedSecond: MAX_CLEANED_A_SECOND,
  marked: MAX_MARKED,
  redirects: 0,
  closing: DEFAULT_CLOSE_TIMEOUT_MS,
  pollTime: DEFAULT_POLLING.timeout,
  pollBatch: DEFAULT_POLLING.maxBatch,
  pollBatchBytes: MAX_BATCH_BYTES,
  pollRepeats: MAX_REPEATS,
  retries: Number.POSITIVE_INFINITY,
  retryTime: DEFAULT_BACKOFF.maxDelay,
  askedWait: MAX_ASKED_WAIT_MS,
  renewals: 1,
  renewalTime: DEFAULT_BACKOFF.maxConnectTimeout,
  handovers: STABLE_AFTER_MS,
  oldLines: MAX_OLD_LINES,
  sessions: MAX_TLS_SESSIONS,
  sessionAge: MAX_SESSION_AGE_MS,
};

/** The table, by the names of its rows. */
export const BOUNDS: ReadonlyMap<BoundName, Bound> = new Map(
  LINES.trim()
    .split('\n')
    .map((line) => {
      const [name, what, unit, option, beyond] = line.split('|').map((cell) => cell.trim()) as [
        BoundName,
        string,
        Bound['unit'],
        string,
        string,
      ];
      return [name, { what, standard: STANDARDS[name], unit, option, beyond }];
    }),
);

/** The names of all that have a default here. */
export const BOUND_NAMES: readonly string[] = Object.keys(STANDARDS);

/** The rows of the table as they stand in the documentation. */
export function boundRows(): string[][] {
  return [...BOUNDS.values()].map(({ what, standard, unit, option, beyond }) => [
    what,
    Number.isFinite(standard) ? `${standard.toLocaleString('en')} ${unit}`.trim() : 'none',
    option,
    beyond,
  ]);
}
