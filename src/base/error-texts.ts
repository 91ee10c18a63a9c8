/**
 * The texts of all errors: what happened, then what to do. Who throws gives the code and the evidence; nothing else in
 * holdline holds a sentence of an error. docs/reference/errors.md is written from this table, and the file is long
 * because it is one table.
 *
 * Under the export condition `production` bundlers take error-texts.production.ts in place of this file.
 */
import type { ErrorCode, Evidence } from './error-codes.ts';
import { shown } from './shown-text.ts';

/** Facts of the evidence, as a text reads them. */
type Facts = Readonly<Record<string, unknown>>;

/** A text, or what makes one of the evidence. */
type Text = string | ((facts: Facts) => string);

/** A text, or one for each `detail`. The one under '' is for an error without a detail. */
type Texts = Text | Readonly<Record<string, Text>>;

const UNTRUSTED = 'It is not a WebSocket server that can be trusted: check the URL and any proxy between.';
const RAISE_TIMEOUT =
  'Check that the server is well, or give it longer: handshakeTimeout of connect(), reconnect.connectTimeout of a client.';
const SERVER_HAS_A_FAULT =
  'The connection was closed with 1002; the server, or a proxy between, has a fault.';
const RAISE_MESSAGE_LIMIT = 'Raise limits.maxMessageBytes if such messages are expected.';
const BODY_MAY_SAY = 'Its "body" and "headers" may say why.';
const EXPECTS_THIS_LOGIN = 'Check that it expects this kind of login.';

const UNKNOWN_AUTHORITY = 'An unknown authority signed the certificate. If you trust it, pass it as tls.ca.';
const NO_TLS_THERE =
  'The server does not speak TLS here, or no common version. Check the port, and whether ws: is meant.';
const NO_COMMON_VERSION =
  'The server and this side have no TLS version or cipher in common. Mend the server; tls.minVersion would weaken this side.';
const REFUSED_HANDSHAKE =
  'The server wants a certificate of yours (tls.cert and tls.key), or no cipher is common to both sides.';
const WANTS_CERTIFICATE =
  'The server wants a certificate of yours, or refuses the one it got. Pass tls.cert and tls.key.';

/** How an open connection can end without a Close frame: the same texts before and after our own Close frame. */
const LOST = {
  '': 'The connection was lost: the server, or something between, ended it without a Close frame.',
  network: 'The connection was lost: the network failed, or one side broke it off.',
  failed: 'The connection failed.',
  abandoned: 'The connection was given up.',
} as const satisfies Texts;

const opening =
  (what: string): Text =>
  ({ timeout, server }) =>
    `${what} within ${timeout} ms (${server}). ${RAISE_TIMEOUT}`;

const broken = (what: string): string => `The server sent ${what}. ${SERVER_HAS_A_FAULT}`;

const malformed = (what: string): Text =>
  `The server's answer to the handshake is not valid HTTP: ${what}. Check that the URL names a WebSocket server.`;

const tooLarge =
  (what: string, unit: string): Text =>
  ({ limit }) =>
    `The ${what} of the server's handshake answer is over the limit of ${limit} ${unit}. ` +
    'Raise the limit (limits.maxHeadBytes, maxHeadLineBytes, maxHeaders) if you trust the server.';

const wrongHeader = (name: string): { missing: Text; repeated: Text; wrong: Text } => ({
  missing: ({ expected }) =>
    `The server's answer lacks the ${name} header; "${expected}" is expected. ${UNTRUSTED}`,
  repeated: ({ received, expected }) =>
    `The server's answer has the ${name} header more than once (${quoted(received)}); "${expected}" is expected. ${UNTRUSTED}`,
  wrong: ({ received, expected }) =>
    `The server's answer has the ${name} header ${quoted(received)} where "${expected}" is expected. ${UNTRUSTED}`,
});

const extension =
  (what: string | ((facts: Facts) => string)): Text =>
  (facts) => {
    const { received, expected, ignored } = facts;
    const fault = typeof what === 'string' ? what : what(facts);
    const advice =
      ignored === undefined ? UNTRUSTED : `Some servers ignore it: leave compression.${ignored} off.`;
    return `The server's Sec-WebSocket-Extensions ${quoted(received)} ${fault}, in answer to "${expected}". ${advice}`;
  };

const refusedHandshake: Text = (facts) =>
  `The server answered the WebSocket handshake with HTTP ${statusLine(facts)} instead of 101. ${adviceOn(facts)}`;

const redirected =
  (why: string | ((facts: Facts) => string)): Text =>
  (facts) =>
    `The server redirected the WebSocket handshake (HTTP ${facts.status}) ${typeof why === 'string' ? why : why(facts)}. ` +
    'That is not followed: connect to the right address.';

const proxyDid =
  (what: string | ((facts: Facts) => string)): Text =>
  (facts) =>
    `The proxy ${facts.proxy} ${typeof what === 'string' ? what : what(facts)}`;

const wrongProxy =
  (what: string): Text =>
  ({ option }) =>
    `${option} ${what}. Write it like http://user:password@proxy.example.com:3128.`;

const wrongUnixUrl = (what: string): Text => `The URL of the unix socket is not valid. ${what}`;

const wrongStorage = (what: string): Text => `The storage of the outbox failed. ${what} See the cause.`;

const closedTooLate =
  (who: string): Text =>
  ({ timeout }) =>
    `${who} did not finish closing within ${timeout} ms; the connection was dropped.`;

/** Every text, by code and `detail`. */
export const ERROR_TEXTS = {
  URL_SOURCE: 'The function given as url failed. See the cause.',
  CREDENTIALS: 'The credentials could not be got. See the cause.',
  DNS: ({ host, reason }) =>
    `The host name "${host}" was not found (${reason}). Check its spelling, and the network.`,
  CONNECT: {
    host: ({ host, reason }) =>
      `No connection to ${host} (${reason}). Check that the server runs there and no firewall is between.`,
    'unix-socket': ({ path, reason }) =>
      `No connection to the socket ${path} (${reason}). Check that the server runs and may be reached by this user.`,
    transport: 'The transport could not be started. See the cause.',
  },
  PROXY: {
    unreachable: proxyDid(({ reason, encrypted }) => {
      const advice = encrypted === true ? tlsAdvice(reason)?.replace('tls.', 'proxy.tls.') : undefined;
      return `could not be reached (${reason}). ${advice ?? 'Check its URL, and that it runs.'}`;
    }),
    'hung-up': proxyDid(
      'hung up before it opened the way to the server. Check that it is a proxy of this kind.',
    ),
    'spoke-early': proxyDid(
      'sent bytes behind its answer, before the server was asked anything. Nothing it sends can be trusted: check what listens there.',
    ),
    'http-status': proxyDid(
      (facts) => `answered CONNECT with HTTP ${statusLine(facts)}. ${proxyAdvice(facts.status)}`,
    ),
    'http-head-too-large': proxyDid(
      'answered with a head over the limit (limits.maxHeadBytes, maxHeadLineBytes, maxHeaders). Check that an HTTP proxy listens there.',
    ),
    'not-http': proxyDid('did not answer in valid HTTP. Check that an HTTP proxy listens there.'),
    'not-socks': proxyDid('does not speak SOCKS5. Check its URL: is it an http: proxy?'),
    'socks-credentials-refused': proxyDid('refused user and password. Check them in its URL.'),
    'socks-credentials-missing': proxyDid(
      'wants user and password. Put them into its URL: socks5://user:password@host.',
    ),
    'socks-no-method': proxyDid(
      'takes neither user and password nor nobody. Ask who runs it for another way.',
    ),
    'socks-reply': proxyDid(({ received }) => `could not connect: ${socksReply(received)}.`),
    'socks-long-name': proxyDid('cannot be given a host name over 255 bytes.'),
  },
  TLS: ({ host, reason }) =>
    `No secure connection to ${host} (${reason}). ` +
    (tlsAdvice(reason) ?? 'Check the server’s TLS set-up and the tls options.'),
  TIMEOUT: {
    preparing: ({ timeout }) =>
      `The functions that give the address and the credentials took longer than ${timeout} ms.`,
    queued: opening(
      'Another connection to the same host has not come to its end (one connects at a time: RFC 6455, 4.1; option connectsPerHost)',
    ),
    dns: opening('The name look-up has not ended'),
    tcp: opening('The server has not accepted the TCP connection'),
    proxy: opening('The proxy has not opened the way to the server'),
    tls: opening('The TLS handshake has not ended'),
    http: opening('The server accepted the connection but has not answered the WebSocket handshake'),
    '': ({ server, timeout }) =>
      `${server} did not open a connection within ${timeout} ms. Check that the server runs and can be reached, or raise ` +
      'handshakeTimeout (of a client: reconnect.connectTimeout).',
  },
  HANDSHAKE_STATUS: {
    '': refusedHandshake,
    probe: ({ status }) => `The server refused the connection; the probe was answered with HTTP ${status}.`,
  },
  HANDSHAKE_REDIRECT: {
    '': refusedHandshake,
    'too-many': redirected(({ redirects }) => `more than ${redirects} times (option redirects)`),
    unreadable: redirected('to an address that cannot be read'),
    scheme: redirected(({ scheme }) => `to an address with the scheme "${scheme}"`),
    unencrypted: redirected('from an encrypted address to one that is not'),
    port: redirected(({ port }) => `to port ${port}, that of another kind of service`),
    'off-the-socket': redirected('from a unix socket to another address'),
    closed: redirected('after it was closed by this side'),
  },
  HANDSHAKE_MALFORMED: {
    'http-1.0': `The server answered 101 in HTTP/1.0, which cannot switch protocols. ${UNTRUSTED}`,
    body: `The server announced a body together with status 101. ${UNTRUSTED}`,
    'bare-lf': malformed('a line of it ends in LF without CR'),
    'stray-cr': malformed('it holds a CR that ends no line'),
    nul: malformed('it holds a NUL byte'),
    'not-http': malformed(
      'it does not begin with HTTP/, as if this port were that of another protocol, or of TLS (then use wss:)',
    ),
    'status-line': malformed('its status line cannot be read'),
    folded: malformed('it folds a header over two lines'),
    'header-name': malformed('a header of it has no name, or one that is not a token'),
  },
  HANDSHAKE_HEADERS_TOO_LARGE: {
    bytes: tooLarge('head', 'bytes'),
    line: tooLarge('longest line', 'bytes'),
    fields: tooLarge('head', 'header fields'),
  },
  HANDSHAKE_UPGRADE: wrongHeader('Upgrade'),
  HANDSHAKE_CONNECTION: wrongHeader('Connection'),
  HANDSHAKE_ACCEPT: wrongHeader('Sec-WebSocket-Accept'),
  HANDSHAKE_PROTOCOL: {
    'not-offered': ({ received }) =>
      `The server chose the subprotocol ${quoted(received)} (none was offered). ${UNTRUSTED}`,
    missing: ({ offered }) =>
      `The server chose no subprotocol (exactly one of ${offered} offered was expected). ${UNTRUSTED}`,
    wrong: ({ received, offered }) =>
      `The server chose the subprotocol ${quoted(received)} (exactly one of ${offered} offered was expected). ${UNTRUSTED}`,
  },
  HANDSHAKE_EXTENSION: {
    'not-offered': ({ received }) =>
      `The server uses the extension ${quoted(received)}, which was not offered. ${UNTRUSTED}`,
    'repeated-header': extension('stands there more than once'),
    unreadable: extension('cannot be read as a list of extensions'),
    foreign: extension('names an extension that was not offered'),
    twice: extension('uses permessage-deflate twice'),
    'repeated-parameter': extension('repeats a parameter'),
    'unknown-parameter': extension('has a parameter that permessage-deflate does not define'),
    'parameter-with-value': extension(({ parameter }) => `gives ${parameter} a value`),
    'parameter-without-bits': extension(({ parameter }) => `lacks a number from 8 to 15 in ${parameter}`),
    'larger-than-offered': extension(({ parameter }) => `has a larger ${parameter} than was offered`),
    'larger-than-asked': extension(({ parameter }) => `has a larger ${parameter} than was asked for`),
    'not-granted': extension(({ parameter }) => `lacks ${parameter}, which was asked for`),
  },
  HANDSHAKE_CLOSED:
    'The server ended the connection before it answered the handshake. Check host and port, and whether it wants wss:.',
  HANDSHAKE_OPAQUE: ({ server }) =>
    `${server} refused the connection or could not be reached; the platform does not say why. Check the address, its ` +
    'certificate, and that the server runs and accepts WebSockets at this path and from this origin.',
  BLOCKED_PORT: ({ port }) =>
    `Port ${port} belongs to another kind of service, and no browser connects to it. Use another port, or the option ` +
    'allowBlockedPorts.',
  HANDSHAKE_ABORTED: 'The connection was closed by this side before it opened.',

  PROTOCOL: {
    masked: broken('a masked frame; only a client masks (RFC 6455, 5.1)'),
    opcode: ({ opcode }) => broken(`a frame with the reserved opcode ${opcode} (RFC 6455, 5.2)`),
    'fragmented-control': broken('a fragmented control frame (RFC 6455, 5.5)'),
    'long-control': broken('a control frame over 125 bytes (RFC 6455, 5.5)'),
    'non-minimal-length': broken('a frame with a non-minimal length (RFC 6455, 5.2)'),
    'length-above-2^63': broken('a frame with a length above 2^63 (RFC 6455, 5.2)'),
    'reserved-bits': broken('a frame with reserved bits that no extension defines (RFC 6455, 5.2)'),
    'compressed-inside': broken('a frame marked as compressed that does not begin a message (RFC 7692, 6.1)'),
    'stray-continuation': broken('a continuation frame where no message had begun (RFC 6455, 5.4)'),
    'message-inside': broken('a new message inside a fragmented one (RFC 6455, 5.4)'),
    'half-close-code': 'The server sent a Close frame of one byte, half a close code.',
    'close-code': ({ received }) =>
      `The server closed with the code ${received}, which must not stand in a Close frame (RFC 6455, 7.4). ` +
      'Some servers answer a Close with a reason that way: try close() without arguments.',
  },
  INVALID_PAYLOAD: {
    text: 'The server sent a text message that is not valid UTF-8. It should send such bytes as a binary message.',
    'close-reason': 'The server closed with a reason that is not valid UTF-8.',
    compressed:
      'The server sent a compressed message that cannot be inflated (RFC 7692, 7.2.2). The server, or a proxy between, ' +
      'has a fault; compression: false avoids it.',
  },
  MESSAGE_TOO_BIG: {
    '': ({ size, limit }) =>
      `The server began a message of at least ${size} bytes; the limit is ${limit}. ${RAISE_MESSAGE_LIMIT}`,
    compressed: ({ size, limit }) =>
      `The server sent a compressed message that takes at least ${size} bytes; the limit is ${limit}. ${RAISE_MESSAGE_LIMIT}`,
  },
  TOO_MANY_FRAGMENTS: ({ limit }) =>
    `The server cut a message into more than ${limit} fragments. Raise limits.maxFragments if that is expected.`,

  CONNECTION_LOST: {
    ...LOST,
    'unreadable-blob': 'A Blob that was to be sent cannot be read. See the cause.',
    'listener-failed': 'A listener failed while a message was delivered. See the cause.',
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
  },
  HEARTBEAT_TIMEOUT: ({ timeout }) =>
    `The server gave no sign of life for ${timeout} ms; the connection was given up. ` +
    'If it is alive but does not answer pings, set heartbeat.ping, or heartbeat: false.',
  CLOSE_TIMEOUT: {
    server: closedTooLate('The server'),
    transport: closedTooLate('The transport'),
  },
  SEND_BUFFER_FULL: ({ bytes, limit }) =>
    `${bytes} bytes would wait to be sent, which is over maxBufferedAmount, ${limit}. The server or the network is slower ` +
    'than this program: wait while bufferedAmount is high.',
  LOGIN_FAILED: {
    over: 'The login is over: messages go to the client from now on. Await every receive() before the login resolves.',
    flooded: `The server sent too much before it answered the login. ${EXPECTS_THIS_LOGIN}`,
    failed: 'The login could not be carried out. See the cause.',
    'no-answer': ({ timeout }) =>
      `The server did not answer the login within ${timeout} ms. ${EXPECTS_THIS_LOGIN}`,
  },
  HANDOVER_FAILED: {
    failed:
      'There was no new connection to hand over to. The old one goes on if it still can. See the cause.',
    'called-off': 'The client was closed, or the page put away, before the new connection was ready.',
  },
  INBOX_OVERFLOW: ({ bytes, limit }) =>
    `${bytes} bytes of messages were waiting to be read, over the limit of ${limit}, and this platform cannot pause the ` +
    'server. Read faster, or raise inbox.maxBytes.',

  NOT_CONNECTED: ({ status }) =>
    `The client is not connected (it is ${status}), and this message was not to wait. ` +
    'Wait for ready(), or send it with whenOffline: "queue".',
  REPLY_LOST: ({ method }) =>
    `The connection was lost before the request "${method}" was answered; the server may have acted on it. ` +
    'Mark it idempotent: true if it may be sent again by itself.',
  CLIENT_CLOSED: ({ reason }) =>
    `The client is closed${reason === undefined ? '' : ` (${reason}: see the cause)`}. Call connect() to open it again.`,
  OUTBOX_FULL: ({ messages, bytes }) =>
    `The outbox is full (${messages} messages, ${bytes} bytes are waiting for a connection). ` +
    'Send less while offline, raise outbox.maxMessages or maxBytes, or choose another outbox.overflow.',
  OUTBOX_DROPPED: 'The message was dropped: the outbox is full, and outbox.overflow chose it.',
  OUTBOX_EXPIRED: ({ ttl, reason }) =>
    `The message waited ${ttl} ms for a connection and was dropped. Raise its ttl, or outbox.maxAge, to wait longer.${because(reason)}`,
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
  REQUEST_TIMEOUT: ({ timeout, method, outcome, reason }) =>
    `Within ${timeout} ms the request "${method}" ` +
    (outcome === 'not-sent'
      ? `could not be sent: there was no ready connection. Ask why() of the client.${because(reason)}`
      : 'was sent and not answered; the server may have acted on it.'),
  ABORTED: ({ outcome }) =>
    'The message was aborted by its signal, ' +
    (outcome === 'not-sent' ? 'before it was sent.' : 'after it was sent; the server may act on it.'),

  REQUEST_REJECTED: ({ method, remoteMessage, remoteCode }) =>
    `The server refused the request "${method}": ${remoteMessage}${remoteCode === undefined ? '' : ` (${remoteCode})`}.`,
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
    'subscription-without-id': ({ subscription }) =>
      `The server's reply to the subscription "${subscription}" holds no id, so its events cannot be told from others. ` +
      'Check which methods the server has for subscriptions, and tell the envelope.',
  },
  HANDLER_FAILED: ({ method }) =>
    `The handler of "${method}" failed or its answer could not be sent. See the cause.`,
  STORAGE_FAILED: {
    'not-read': wrongStorage('What an earlier life left in it could not be read.'),
    'not-written': wrongStorage('A message waits in memory alone, and is lost if the program ends.'),
    'not-forgotten': wrongStorage(
      'A message that was given up is still there, and may be sent by the next life.',
    ),
    'not-released': wrongStorage('A message could not be removed from it, and so was not sent.'),
    'no-answer': ({ timeout }) =>
      `The storage of the outbox failed. It has not answered load() for ${timeout} ms; new messages do not wait for it.`,
    'no-array': wrongStorage('Its load() gave no array, so nothing was read.'),
    foreign: wrongStorage('It holds something that is no message of an outbox; that was removed.'),
  },
  SUBSCRIPTION_OVERFLOW: ({ subscription, limit }) =>
    `${limit} events of the subscription "${subscription}" were waiting to be read when one more came; it was ended. ` +
    'Read faster, raise maxEvents, or subscribe with overflow: "drop-oldest".',
  SUBSCRIPTION_ENDED: ({ subscription, remoteMessage, remoteCode }) =>
    `The server ended the subscription "${subscription}": ${remoteMessage}` +
    `${remoteCode === undefined ? '' : ` (${remoteCode})`}. Subscribe again if that may pass.`,

  INVALID_URL: {
    missing: 'The option url is missing: createClient({ url }).',
    'no-url': 'Which server? Give its URL: holdline wss://…',
    list: 'The function given as url gave a list. Give one address each time.',
    'control-character': 'The URL holds a control character, such as a line break. Remove it.',
    unreadable: 'The URL is not absolute, or cannot be read. Write it whole, like wss://example.com/path.',
    scheme: ({ scheme }) => `The URL has the scheme "${scheme}". Use ws: or wss:.`,
    fragment: 'A WebSocket URL has no fragment. Remove the "#", or write it as %23.',
    target:
      'The host or the resource of the target is empty, or not visible ASCII throughout. Let parseTarget() make it.',
    platform: ({ server, reason }) =>
      `The platform refuses to connect to ${server} (${reason}). A page loaded over https: needs wss:.`,
    credentials:
      'The user name or password of the URL holds a control character, or the user name a colon. Basic auth cannot carry ' +
      'them.',
    'unix-control-character': wrongUnixUrl('It holds a control character, such as a line break. Remove it.'),
    'unix-relative': wrongUnixUrl(
      'The path of the socket must be absolute: ws+unix:/path/of/the.sock:/resource.',
    ),
    'unix-resource': wrongUnixUrl(
      'Behind the socket’s path comes ":" and a path, without a fragment: ws+unix:/path/of/the.sock:/resource.',
    ),
    'unix-path-control-character': wrongUnixUrl(
      'The path of the socket holds a control character. Remove it.',
    ),
    'unix-unreadable': wrongUnixUrl('It cannot be read.'),
    'unix-encoding': wrongUnixUrl(
      'The path of the socket is not valid percent-encoding. Write a percent sign as %25.',
    ),
  },
  INVALID_SUBPROTOCOL: {
    'no-token': ({ index }) =>
      `Subprotocol number ${index} is not a token. Use letters, digits and !#$%&'*+-.^_\`|~ only.`,
    repeated: ({ index }) => `Subprotocol number ${index} was offered before it already. Name each once.`,
  },
  INVALID_HEADER: {
    name: ({ index }) =>
      `The name of header number ${index} is not a token. Pass name and value apart: ['x-name', 'value'].`,
    reserved: ({ header }) =>
      `The header "${header}" belongs to the handshake and cannot be set. Use the option made for it (protocols, …).`,
    value: ({ header }) =>
      `The value of the header "${header}" holds a character that no header may: control characters (CR, LF, NUL, …) ` +
      'or beyond U+00FF. Encode it first, in base64 for instance.',
    'no-colon': "A header is written as --header 'Name: value', with a colon.",
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
    ping: 'The payload of a ping must be a Uint8Array of at most 125 bytes.',
    'ping-type': 'The payload of a ping must be a string, an ArrayBuffer or a typed array.',
    engine: 'Only a string or a Uint8Array can be sent. Convert other values first.',
    type:
      'Only a string, an ArrayBuffer that was not transferred away, a typed array over one or a Blob can be sent. ' +
      'Turn other values into text first, with JSON.stringify for instance.',
    'no-json': 'This value cannot be sent. JSON has no form for undefined, functions and symbols.',
    'json-failed':
      'This value cannot be sent. It has no JSON form: a cycle, a BigInt, or a toJSON that throws.',
    'mixed-fragments':
      'The fragments of a message must all be strings or all be bytes. End the message before changing the type.',
    'shared-buffer': 'The bytes lie in a buffer that is shared between threads. Send a copy of them.',
    'resizable-buffer': 'The bytes lie in a buffer that is resizable. Send a copy of them.',
  },
  INVALID_OPTION: {
    '': ({ option, owner, expected, received }) =>
      `The option ${option}${owner === undefined ? '' : ` of ${owner}`} must be ${expected}.` +
      (received === undefined ? '' : ` It is ${received}.`),
    limit: ({ option, standard }) =>
      `${option} must be a number, 0 or more. The default is ${standard}; Infinity switches it off.`,
    unknown: ({ option, known }) => `The option ${option} is unknown. There are: ${known}.`,
    'beside-transport': ({ option }) =>
      `The option ${option} is for the transport that holdline makes; a transport of yours is given too. Give ${option} to ` +
      'that one: tcpTransport({ … }) of holdline/node.',
    'token-characters': ({ owner }) =>
      `The token of ${owner} must be visible ASCII without spaces, to go into a header.`,
    'receive-buffer': ({ bytes }) =>
      `receiveBuffer must return a Uint8Array of at least ${bytes} bytes, the length it was asked for, or undefined.`,
    'one-url': 'Give one URL. What holds a space needs quotes around it.',
    'proxy-control-character': wrongProxy('holds a control character, such as a line break'),
    'proxy-url': wrongProxy('is no URL with http:, https:, socks5: or socks5h: and a host'),
    'proxy-colon': wrongProxy('has a colon in its user name, which basic auth cannot carry (RFC 7617)'),
    'proxy-long-credentials': wrongProxy(
      'has a user name or password over 255 bytes, which SOCKS5 cannot carry (RFC 1929)',
    ),
    'proxy-credentials': wrongProxy(
      'has a control character, such as a line break, in its user name or password',
    ),
  },
  INVALID_STATE: {
    'not-ready': ({ status }) =>
      `Only a ready connection can be handed over; the client is ${status}. Wait for ready().`,
    'journal-taken':
      'This journal belongs to another client that is still open. Make one for each client, or close the other first.',
    unfinished: 'A fragmented message is unfinished. End it with sendFragment(data, true).',
    'opened-twice': 'open() was called twice. An engine serves one connection: make another.',
    'no-provider': 'No client found. Wrap this in a <HoldlineProvider client>.',
    'nobody-connected': 'No client has connected to this server yet.',
  },
  UNSUPPORTED: {
    'missing-plugin': ({ plugin }) =>
      `This client has no ${plugin}. Make it with use: [${plugin}()]` +
      `${plugin === 'handover' ? '' : ', and an envelope that knows them, such as jsonRpc()'}.`,
    'tcp-option': ({ option }) =>
      `A browser's WebSocket has no option ${option}: it works in Node, Bun and Deno. Send credentials as a cookie, in the ` +
      'query, as a subprotocol or in the first message: see auth.',
    headers:
      "A platform's WebSocket cannot send headers. Log in by cookie, subprotocol or first message; in Node, use tcpTransport.",
    'no-websocket': 'This platform has no WebSocket. Pass one, or in Node use tcpTransport.',
    'scripted-blob': 'A scripted server cannot send a Blob. Read its bytes first.',
    'scripted-headers': 'This scripted transport was told that it cannot send headers.',
  },
} as const satisfies Readonly<Record<ErrorCode, Texts>>;

/** The details of a code. */
export type Detail<Code extends ErrorCode> = keyof (typeof ERROR_TEXTS)[Code] & string;

/** The text of an error. One of the evidence's own wins; a code and a detail that are not known make a plain one. */
export function errorText(code: ErrorCode, evidence: Evidence): string {
  const { detail = '', message } = evidence;
  if (message !== undefined) return message;
  const texts: Texts = ERROR_TEXTS[code];
  const text = typeof texts === 'object' ? texts[detail] : texts;
  if (text === undefined) return detail === '' ? code : `${code} (${detail})`;
  return typeof text === 'string' ? text : text(evidence);
}

/** The code of the trouble that was behind it, if that is known. */
function because(reason: unknown): string {
  return reason === undefined ? '' : ` The cause: ${reason}.`;
}

/** A value that the server sent, as it may stand in a text. */
function quoted(value: unknown): string {
  return shown(`"${value}"`);
}

function statusLine({ status, statusText }: Facts): string {
  return `${status} ${shown(String(statusText ?? ''))}`.trim();
}

/** What to do about an answer other than 101. */
function adviceOn({ status, versions, headers }: Facts): string {
  const code = Number(status);
  if (versions !== undefined)
    return `It speaks WebSocket version ${shown(String(versions))}; this client speaks 13 only.`;
  if (code >= 200 && code < 300) return 'It speaks plain HTTP there: check the path of the URL.';
  if (code >= 300 && code < 400 && (headers as ReadonlyMap<string, string> | undefined)?.has('location'))
    return 'That is not followed: use the address in its Location header, or allow some in Node (option redirects).';
  if (code === 401 || code === 403) return 'Check the credentials and the origin.';
  if (code === 404) return 'Check the path of the URL.';
  if (code === 429 || code >= 500) return 'The server is busy or broken: try again later.';
  return BODY_MAY_SAY;
}

function proxyAdvice(status: unknown): string {
  const code = Number(status);
  // tinyproxy says 401 to a wrong password.
  if (code === 407 || code === 401)
    return 'Put user and password into the URL of the proxy, or other credentials into proxy.headers.';
  if (code === 403 || code === 405) return 'It does not allow this host or port: ask who runs it.';
  if (code >= 500) return 'It cannot reach the server: check host and port, or try again later.';
  return BODY_MAY_SAY;
}

/** The replies of RFC 1928, 6. */
function socksReply(reply: unknown): string {
  const replies: Readonly<Record<string, string>> = {
    1: 'a general failure of the SOCKS server. Its log may say why',
    2: 'its rules do not allow the connection. Ask who runs it',
    3: 'the network of the server is unreachable. Check the address',
    4: 'the host of the server is unreachable. Check its name',
    5: 'the server refused the connection. Check that it runs at that port',
    6: 'the way to the server is too long (TTL expired)',
    7: 'it does not know the command CONNECT. Check that it is a SOCKS5 proxy',
    8: 'it does not know this type of address. Try socks5h: in place of socks5:, or the other way round',
  };
  return replies[String(reply)] ?? `reply ${reply}, which RFC 1928 does not know`;
}

/** What to do about the faults of TLS that people meet; the codes are OpenSSL's, as Node names them. */
function tlsAdvice(reason: unknown): string | undefined {
  const code = String(reason);
  const byCode: Readonly<Record<string, string>> = {
    DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed. If it is yours, pass it as tls.ca.',
    SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
    UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      'The server does not send its intermediate certificates, or an unknown authority signed. Mend the server’s chain, ' +
      'or pass the authority as tls.ca.',
    CERT_HAS_EXPIRED: 'The certificate has expired. Renew it, and check this machine’s clock.',
    CERT_NOT_YET_VALID: 'The certificate is not valid yet. Check this machine’s clock.',
    CERT_REVOKED: 'The certificate was revoked. The server needs a new one.',
    INVALID_PURPOSE:
      'The certificate is not one for a server. The server needs another (extended key usage serverAuth).',
    ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another host. Connect by a name that stands in it.',
    EPROTO: NO_TLS_THERE,
    ECONNRESET: 'The server hung up. Check the port, and whether ws: is meant.',
    ERR_SSL_UNSUPPORTED_PROTOCOL: NO_COMMON_VERSION,
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: NO_COMMON_VERSION,
    ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: REFUSED_HANDSHAKE,
    // The same from the OpenSSL of Node 24.
    'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': REFUSED_HANDSHAKE,
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: WANTS_CERTIFICATE,
    // The same from Bun's BoringSSL.
    ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED: WANTS_CERTIFICATE,
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: WANTS_CERTIFICATE,
  };
  return byCode[code] ?? (code.startsWith('ERR_SSL_') ? NO_TLS_THERE : undefined);
}
