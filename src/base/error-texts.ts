/**
 * The texts of all errors: what happened, then what to do. Who throws gives the code and the evidence; nothing else in
 * holdline holds a sentence of an error. docs/reference/errors.md is written from this table, and the file is long
 * because it is one table.
 *
 * Under the export condition `production` bundlers take error-texts.production.ts in place of this file. What a page
 * cannot meet stands in error-texts.node.ts, which builds for browsers leave out.
 */
import type { ErrorCode, Evidence } from './error-codes.ts';
import { NODE_TEXTS } from './error-texts.node.ts';
import { plainText, type Text, type Texts, type TextTable } from './plain-text.ts';
import { readable } from './shown-text.ts';

const EXPECTS_THIS_LOGIN = 'Check that it expects this kind of login.';

/** How an open connection can end without a Close frame: the same texts before and after our own Close frame. */
const LOST = {
  '': 'The server, or something between, ended the connection without a Close frame.',
  network: 'The network failed, or one side broke the connection off.',
  failed: 'The connection failed.',
  abandoned: 'The connection was given up.',
  'request-failed':
    'A request of the polling transport failed, and may have been carried out: the connection is over. See the cause.',
  'session-gone': 'The server does not know the session of the connection any more.',
} as const satisfies Texts;

const REDIRECTED_POLL =
  'The server redirected a request of the polling transport. That is not followed: connect to the right address.';

const wrongStorage = (what: string): Text => `The storage of the outbox failed. ${what}`;

const failedStorage = (what: string): Text => wrongStorage(`${what} See the cause.`);

const closedTooLate =
  (who: string): Text =>
  ({ timeout }) =>
    `${who} did not finish closing within ${timeout} ms; the connection was dropped.`;

/** Every text, by code and `detail`. */
export const ERROR_TEXTS: TextTable = {
  URL_SOURCE: 'The function given as url failed. See the cause.',
  CREDENTIALS: 'The credentials could not be got. See the cause.',
  CONNECT: {
    transport: 'The transport could not be started. See the cause.',
  },
  TIMEOUT: {
    preparing: ({ timeout }) =>
      `The functions that give the address, the credentials or other options took longer than ${timeout} ms.`,
    renewing: ({ timeout }) =>
      `New credentials did not come within ${timeout} ms, and are asked for again. See to it that refresh (or renew) ` +
      'settles, and heeds its signal; if it waits for a user, raise reconnect.maxConnectTimeout.',
    poll: ({ server, timeout }) =>
      `${server} did not answer a request within ${timeout} ms. If it holds its answers for longer, raise hold.`,
    '': ({ server, timeout }) =>
      `${server} did not open a connection within ${timeout} ms. Check that the server runs and can be reached, or raise ` +
      'handshakeTimeout (of a client: reconnect.connectTimeout).',
  },
  HANDSHAKE_STATUS: {
    probe: ({ status }) => `The server refused the connection; the probe was answered with HTTP ${status}.`,
    poll: ({ status }) =>
      status === 0
        ? REDIRECTED_POLL
        : `The server answered a request of the polling transport with HTTP ${status}. Check the address, the credentials, and ` +
          'that its preset is the one for this server.',
  },
  HANDSHAKE_REDIRECT: { poll: REDIRECTED_POLL },
  HANDSHAKE_MALFORMED: {
    answer: ({ server, received }) =>
      `An answer of ${server} cannot be read${received === undefined ? '' : ` (${readable(received)})`}: it is not what this ` +
      'way of polling expects. A page in its place is that of a proxy, or of another address. See the cause.',
  },
  HANDSHAKE_OPAQUE: {
    '': ({ server }) =>
      `${server} refused the connection or could not be reached; the platform does not say why. Check the address, its ` +
      'certificate, and that the server runs and accepts WebSockets at this path and from this origin.',
    fetch: ({ server }) =>
      `${server} could not be asked over HTTP. Check that it runs and can be reached and, in a page, that it allows this ` +
      'origin (CORS). See the cause.',
  },
  HANDSHAKE_ABORTED: 'The connection was closed by this side before it opened.',

  CONNECTION_LOST: {
    ...LOST,
    'conditions-changed': 'The network changed or the page was put away; the connection was given up.',
    'during-login': 'The connection ended during the login.',
  },
  CONNECTION_CLOSED: {
    ...LOST,
    '': 'The server ended the connection without answering our Close frame.',
    closing: 'The connection is closing. Connect again to send or receive more.',
    'without-code': 'The connection was closed without a code. Connect again to send or receive more.',
    'with-code': ({ closeCode }) =>
      `The connection was closed with the code ${closeCode}. Connect again to send or receive more.`,
    'no-retry': ({ closeCode }) =>
      `The server closed the connection with the code ${closeCode}, and no further attempt is made.`,
    goodbye: ({ reason }) =>
      `The server said that this connection ends and that none is to follow: ${readable(reason)}.`,
  },
  HEARTBEAT_TIMEOUT: ({ timeout }) =>
    `The server gave no sign of life for ${timeout} ms; the connection was given up. ` +
    'If it is alive but does not answer pings, set heartbeat.ping, or heartbeat: false.',
  CLOSE_TIMEOUT: {
    server: closedTooLate('The server'),
    transport: closedTooLate('The transport'),
  },
  LOGIN_FAILED: {
    over: 'The login is over: messages go to the client from now on. Await every receive() before the login resolves.',
    flooded: `The server sent too much before it answered the login. ${EXPECTS_THIS_LOGIN}`,
    failed: 'The login could not be carried out. See the cause.',
    'other-protocol': ({ expected }) =>
      `The server did not say ${expected} when it had to: it speaks another protocol. Check the URL and the envelope.`,
    'no-answer': ({ timeout }) =>
      `The server did not answer the login within ${timeout} ms. ${EXPECTS_THIS_LOGIN}`,
  },
  HANDOVER_FAILED: {
    failed:
      'There was no new connection to hand over to. The old one goes on if it still can. See the cause.',
    'called-off': 'The client was closed, or the page put away, before the new connection was ready.',
  },
  INBOX_OVERFLOW: {
    '': ({ bytes, limit }) =>
      `${bytes} bytes of messages were waiting to be read, over the limit of ${limit}, and this platform cannot pause the ` +
      'server. Read faster, or raise inbox.maxBytes.',
    messages: ({ limit }) =>
      `${limit} messages were waiting to be read when one more came, and this platform cannot pause the server. Read faster.`,
  },

  NOT_CONNECTED: {
    '': ({ status }) =>
      `The client is not connected (it is ${status}), and this message was not to wait. ` +
      'Wait for ready(), or send it with whenOffline: "queue".',
    ended:
      'This message was not sent: the connection has ended, or is closing. See the cause. Connect again and send it there.',
  },
  REPLY_LOST: ({ method }) =>
    `The connection was lost before the request "${method}" was answered; the server may have acted on it. ` +
    'Mark it idempotent: true if it may be sent again by itself.',
  CLIENT_CLOSED: {
    '': ({ outcome, reason }) =>
      outcome === 'unknown'
        ? `The client was closed before this message was answered${seeCause(reason)}; the server may have acted on it.`
        : `This message was not sent: the client is closed${seeCause(reason)}. ${openAgain(reason)}, and send it once more.`,
    waiting: ({ reason }) => `The client is closed${seeCause(reason)}. ${openAgain(reason)}.`,
  },
  OUTBOX_FULL: {
    'no-line': ({ messages, bytes }) =>
      `The outbox is full (${messages} messages, ${bytes} bytes are waiting for a connection). ` +
      'Send less while offline, raise outbox.maxMessages or maxBytes, or choose another outbox.overflow.',
    'line-full': ({ messages, bytes }) =>
      `The outbox is full (${messages} messages, ${bytes} bytes): the connection is ready, but takes less than is sent. ` +
      'Await send() before the next message, or raise outbox.maxMessages or maxBytes.',
  },
  OUTBOX_DROPPED: 'The message was dropped: the outbox is full, and outbox.overflow chose it.',
  OUTBOX_EXPIRED: {
    'no-line': ({ ttl, reason }) =>
      `The message waited ${ttl} ms for a connection and was dropped. Raise its ttl, or outbox.maxAge, to wait longer.${because(reason)}`,
    'line-full': ({ ttl }) =>
      `The message waited ${ttl} ms for its turn and was dropped: the connection is ready, but the server reads too ` +
      'slowly, or not at all. Send less, or raise its ttl.',
  },
  OUTBOX_REPLACED: 'The message was replaced, before it was sent, by a newer one with its key.',
  OUTBOX_KEPT:
    'The message could not be removed from the storage of the outbox, so it was not sent: a later life of the program ' +
    'may find and send it. See the error event.',
  SEND_FAILED: 'The transport failed while it took the message, which may be on its way. See the cause.',
  BACKPRESSURE: {
    socket: ({ bytes, limit }) =>
      `${bytes} bytes are waiting to be sent, over the limit of ${limit}: the server reads too slowly. ` +
      'Wait for drained() when send() returns false, or raise maxBufferedBytes.',
    pacing: ({ bytes, limit }) =>
      `${bytes} bytes are waiting for their turn (pacing), over the limit of ${limit}: the server answers too slowly. ` +
      'Wait for its replies before sending more.',
  },
  TOO_MANY_REQUESTS: ({ limit }) =>
    `There are ${limit} requests under way already. Await some of them first, or raise outbox.maxPending.`,
  REQUEST_TIMEOUT: ({ timeout, method, outcome, reason, status }) =>
    `Within ${timeout} ms the request "${method}" ` +
    (status === 'ready'
      ? 'could not be sent: its turn did not come on a ready connection. Ask less at once, or raise outbox.maxAge.'
      : outcome === 'not-sent'
        ? `could not be sent: there was no ready connection. Ask why() of the client.${because(reason)}`
        : `was sent and not answered; the server may have acted on it.${because(reason)}`),
  ABORTED: ({ outcome }) =>
    'The message was aborted by its signal, ' +
    (outcome === 'not-sent' ? 'before it was sent.' : 'after it was sent; the server may act on it.'),

  REQUEST_REJECTED: ({ method, remoteMessage, remoteCode }) =>
    `The server refused the request "${method}": ${said(remoteMessage, remoteCode)}.`,
  AUTH_REFUSED: {
    '': 'The server refused the credentials. Check them, or give a way to renew them. See the cause.',
    token: 'The server refused the token. Check it, or give a way to refresh it.',
    'given-up': 'The login was given up: there is no further answer to try.',
    'too-many-turns': ({ turns }) =>
      `The server refused ${turns} answers to its login. Check the credentials, or raise maxTurns.`,
    'no-token': ({ source, owner }) =>
      `The function ${source} of ${owner} gave no token. It must be a string that is not empty.`,
  },
  BAD_MESSAGE: {
    unreadable: 'A message of the server could not be read and was left out. See the cause.',
    'too-much': ({ option, size, limit }) =>
      `A message of the server was left out: it has ${size}, over the limit of ${limit}. Raise ${option} if that is expected.`,
    'subscription-without-id': ({ subscription }) =>
      `The server's reply to the subscription "${subscription}" holds no id, so its events cannot be told from others. ` +
      'Check which methods the server has for subscriptions, and tell the envelope.',
  },
  VALIDATION_FAILED: {
    event: ({ method, issues }) =>
      `The event "${readable(method)}" of the server does not fit the contract, and was left out: ${firstOf(issues)}`,
    stream: ({ method, issues }) =>
      `An event of the subscription "${readable(method)}" does not fit the contract, and was left out: ${firstOf(issues)}`,
    result: ({ method, issues }) =>
      `The server's result of "${readable(method)}" does not fit the contract: ${firstOf(issues)}`,
    params: ({ method, issues }) =>
      `What the server passed to "${readable(method)}" does not fit the contract: ${firstOf(issues)}`,
    sent: ({ method, issues }) =>
      `What was to be sent for "${readable(method)}" does not fit the contract, and was not sent: ${firstOf(issues)}`,
  },
  HANDLER_FAILED: {
    '': ({ method }) =>
      `The handler of "${readable(method)}" failed or its answer could not be sent. See the cause.`,
    refused: ({ method, limit }) =>
      `"${readable(method)}" of the server was refused: handlers are busy with ${limit} of its requests, or the client ` +
      'holds limits.maxHeldBytes. See to it that handlers settle, or raise limits.maxHandlers. Told once a connection.',
  },
  SERVER_ERROR: ({ remoteMessage, remoteCode }) =>
    `The server refused something and does not say what: ${said(remoteMessage, remoteCode)}. ` +
    'A request of yours may wait in vain for its reply. Check what was sent last.',
  STORAGE_FAILED: {
    'not-read': failedStorage('What an earlier life left in it could not be read.'),
    'not-written': failedStorage('A message waits in memory alone, and is lost if the program ends.'),
    'not-forgotten': failedStorage(
      'A message that was given up is still there, and may be sent by the next life.',
    ),
    'not-released': failedStorage('A message could not be removed from it, and so was not sent.'),
    'no-answer': ({ timeout }) =>
      `The storage of the outbox failed. It has not answered load() for ${timeout} ms; new messages do not wait for it.`,
    'no-array': wrongStorage('Its load() gave no array, so nothing was read.'),
    foreign: wrongStorage('It holds something that is no message of an outbox; that was removed.'),
  },
  SUBSCRIPTION_OVERFLOW: {
    '': ({ subscription, limit }) =>
      `${limit} events of the subscription "${subscription}" were waiting to be read when one more came; it was ended. ` +
      'Read faster, raise maxEvents, or subscribe with overflow: "drop-oldest".',
    bytes: ({ subscription, bytes, limit }) =>
      `${bytes} bytes of events of the subscription "${subscription}" were waiting to be read when one more came; it was ` +
      `ended. Read faster, raise maxBytes (${limit}) or limits.maxHeldBytes, or subscribe with overflow: "drop-oldest".`,
  },
  SUBSCRIPTION_ENDED: ({ subscription, remoteMessage, remoteCode }) =>
    `The server ended the subscription "${subscription}": ${said(remoteMessage, remoteCode)}. ` +
    'Subscribe again if that may pass.',

  INVALID_URL: {
    missing: 'The option url is missing: createClient({ url }).',
    list: 'The function given as url gave a list. Give one address each time.',
    'control-character': 'The URL holds a control character, such as a line break. Remove it.',
    unreadable: 'The URL is not absolute, or cannot be read. Write it whole, like wss://example.com/path.',
    scheme: ({ scheme }) => `The URL has the scheme "${scheme}". Use ws: or wss:.`,
    fragment: 'A WebSocket URL has no fragment. Remove the "#", or write it as %23.',
    platform: ({ server, reason }) =>
      `The platform refuses to connect to ${server} (${reason}). A page loaded over https: needs wss:.`,
  },
  INVALID_SUBPROTOCOL: {
    'no-token': ({ index }) =>
      `Subprotocol number ${index} is not a token. Use letters, digits and !#$%&'*+-.^_\`|~ only. ` +
      'A credential that stands there, as by subprotocolToken(), must be encoded, as base64url for instance.',
    repeated: ({ index }) => `Subprotocol number ${index} was offered before it already. Name each once.`,
  },
  INVALID_CLOSE: {
    code: ({ received }) =>
      `A client cannot close with the code ${received}. Use 1000, a code of your own from 3000 to 4999, or none.`,
    'reason-type': 'A close reason must be a string.',
    'reason-alone': 'A close reason needs a close code before it. Pass 1000 with it.',
    'reason-length': ({ bytes, limit }) =>
      `The close reason has ${bytes} bytes, at most ${limit} fit a Close frame. Shorten it.`,
  },
  INVALID_DATA: {
    type:
      'Only a string, an ArrayBuffer that was not transferred away, a typed array over one or a Blob can be sent. ' +
      'Turn other values into text first, with JSON.stringify for instance.',
    promise:
      'A promise cannot be sent. Await it before you send it; encode of a codec gives its data at once, so it cannot be async.',
    'no-json': 'This value cannot be sent. JSON has no form for undefined, functions and symbols.',
    'json-failed': ({ path }) =>
      `This value cannot be sent. It has no JSON form: a cycle, a BigInt, or a toJSON that throws${at(path)}.`,
    'codec-failed':
      'This value cannot be sent: the codec made no bytes of it. See the cause, if there is one.',
    polling:
      'This message cannot be sent: the way of polling in use has no form for it, such as for bytes. Send text instead.',
    'lost-in-json': ({ path }) =>
      `This value cannot be sent. JSON has no form for ${path === '' ? 'it' : `what stands${at(path)}`}: it would arrive as something ` +
      'else, or not at all. Send bytes as a message of their own, turn Maps, Sets, Errors and the like into plain objects, and ' +
      'await promises.',
    'no-frame': 'This value cannot be sent. With stomp() send() takes a frame: { command, headers, body }.',
  },
  INVALID_OPTION: {
    '': ({ option, owner, expected, received }) =>
      `The ${option === 'options' ? option : `option ${option}`}${owner === undefined ? '' : ` of ${owner}`} must be ${expected}.` +
      (received === undefined ? '' : ` It is ${received}.`),
    'no-json-schema': ({ method, reason }) =>
      `The schema of "${readable(method)}" does not say what it is as JSON Schema` +
      (reason === undefined ? '' : `: ${readable(String(reason).replace(/\.$/, ''))}`) +
      '. Give toAsyncApi a function toJsonSchema that does.',
    limit: ({ option, standard }) =>
      `${option} must be a number, 0 or more. The default is ${standard}; Infinity switches it off.`,
    unknown: ({ option, owner, known, meant }) =>
      `The option ${option}${owner === undefined ? '' : ` of ${owner}`} is unknown. ` +
      (meant === undefined ? `There are: ${known}.` : `Did you mean ${meant}?`),
    'whose-journal':
      'This client logs in, and keeps messages beyond its life. Tell storageOutbox or persistentOutbox whose they are: ' +
      '{ identity: user.id }. Otherwise whoever logs in next would send them.',
    'bare-url': 'createClient() and createSlimClient() take options: { url: … }.',
    'url-first': 'connect() takes the URL first, then options: connect(url, { … }).',
    'codec-of-raw': 'raw() takes no codec. Give it beside the envelope: { envelope: raw(), codec: json() }.',
    'beside-transport': ({ option }) =>
      `The option ${option} is for the transport that holdline makes; a transport of yours is given too. Give ${option} to ` +
      'that one: tcpTransport({ … }) of holdline/node.',
  },
  INVALID_STATE: {
    detached: ({ owner, method }) => `Call ${method}() on its ${owner}: ${owner}.${method}(…).`,
    'not-ready': ({ status }) =>
      `Only a ready connection can be handed over; the client is ${status}. Wait for ready().`,
    'journal-taken':
      'This journal belongs to another client that is still open. Make one for each client, or close the other first.',
    'has-reader': ({ subscription }) =>
      `The subscription "${subscription}" has a reader already, or had one: one loop or one function may read it. Call ` +
      'subscribe() once for each reader.',
    'no-provider': 'No client found. Wrap this in a <HoldlineProvider client>.',
  },
  UNSUPPORTED: {
    'missing-plugin': ({ plugin }) =>
      plugin === 'handover'
        ? 'This client has no handover. Make it with use: [handover()].'
        : `This client has no ${plugin}. They need an envelope that knows them: jsonRpc() does, raw() does not. A client of ` +
          `createSlimClient() needs use: [${plugin}()] too.`,
    'no-replies': ({ method }) =>
      `The server's protocol has no replies, so ${method} cannot be a request. Use client.notify().`,
    'tcp-option': ({ option }) =>
      `A browser's WebSocket has no option ${option}: it works in Node, Bun and Deno. Send credentials as a cookie, in the ` +
      'query, as a subprotocol or in the first message: see auth.',
    headers:
      "A platform's WebSocket cannot send headers. Log in by cookie, subprotocol or first message; in Node, use tcpTransport.",
    heartbeat:
      "A browser's WebSocket cannot ping, so connect() has no heartbeat there. Use createClient with heartbeat.ping, or ask the server something yourself.",
    unwatched:
      'holdline: nothing is asked of this server, so a dead connection will not be noticed: this platform cannot ping, and the ' +
      'envelope has no question. Give heartbeat.ping a message, or set heartbeat: false.',
    'no-fetch': 'This platform has no fetch. Give pollingTransport one: the option fetch.',
    'no-send': 'Nothing can be sent to this server: pollingTransport was given no send.',
    'polling-protocols':
      'Polling has no subprotocols. Leave out protocols and subprotocolToken(), or say by accept which one counts as chosen.',
    'no-notification':
      'In the protocol of this envelope every message is answered: there is no notify(). Use request().',
    'no-websocket': 'This platform has no WebSocket. Pass one, or in Node use tcpTransport.',
  },
};

/** The first thing that is wrong, and where. */
function firstOf(issues: unknown): string {
  const [first] = (issues ?? []) as readonly { readonly message: string; readonly path: readonly string[] }[];
  const place = first?.path.length ? `${first.path.join('.')}: ` : '';
  return `${readable(`${place}${first?.message ?? 'see issues'}`)}.`;
}

/** What the server said of it, as it may stand in a log. */
function said(message: unknown, code: unknown): string {
  return `${readable(message)}${code === undefined ? '' : ` (${readable(code)})`}`;
}

/** The text of an error. One of the evidence's own wins; a code and a detail that are not known make a plain one. */
export function errorText(code: ErrorCode, evidence: Evidence): string {
  if (evidence.message !== undefined) return evidence.message;
  const text = find(ERROR_TEXTS, code, evidence) ?? find(NODE_TEXTS, code, evidence);
  if (text === undefined) return plainText(code, evidence);
  return typeof text === 'string' ? text : text(evidence);
}

function find(table: TextTable, code: ErrorCode, { detail = '' }: Evidence): Text | undefined {
  const texts: Texts | undefined = table[code];
  return typeof texts === 'object' ? texts[detail] : texts;
}

/** The code of the trouble that is the cause, if there is one. */
function seeCause(reason: unknown): string {
  return reason === undefined ? '' : ` (${reason}: see the cause)`;
}

function openAgain(reason: unknown): string {
  return `${reason === undefined ? 'Call' : 'Mend that, then call'} connect() to open it again`;
}

/** Where in a message something stands, if it is not the message itself. */
function at(path: unknown): string {
  return path === undefined || path === '' ? '' : ` at ${path}`;
}

/** The code of the trouble that was behind it, if that is known. */
function because(reason: unknown): string {
  return reason === undefined ? '' : ` The cause: ${reason}.`;
}
