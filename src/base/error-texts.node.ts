/**
 * The texts of errors that no page needs: of the engine, of the TCP transport and of the command. Builds for browsers
 * leave this file out; an error of the engine says its code and evidence there, as in production.
 */
import type { Facts, Text, TextTable } from './plain-text.ts';
import { shown } from './shown-text.ts';

const UNTRUSTED = 'It is not a WebSocket server that can be trusted: check the URL and any proxy between.';

/** The close code that says that there was none (RFC 6455, 7.4.1). */
const NO_STATUS = 1005;

const RAISE_TIMEOUT =
  'Check that the server is well, or give it longer: handshakeTimeout of connect(), reconnect.connectTimeout of a client.';

const SERVER_HAS_A_FAULT =
  'The connection was closed with 1002; the server, or a proxy between, has a fault.';

const RAISE_MESSAGE_LIMIT = 'Raise limits.maxMessageBytes if such messages are expected.';

const BODY_MAY_SAY = 'Its "body" and "headers" may say why.';

const UNKNOWN_AUTHORITY = 'An unknown authority signed the certificate. If you trust it, pass it as tls.ca.';

const NO_TLS_THERE =
  'The server does not speak TLS here, or no common version. Check the port, and whether ws: is meant.';

const NO_COMMON_VERSION =
  'The server and this side have no TLS version or cipher in common. Mend the server; tls.minVersion would weaken this side.';

const REFUSED_HANDSHAKE =
  'The server wants a certificate of yours (tls.cert and tls.key), or no cipher is common to both sides.';

const WANTS_CERTIFICATE =
  'The server wants a certificate of yours, or refuses the one it got. Pass tls.cert and tls.key.';

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

/** Every text that Node alone needs, by code and `detail`. */
export const NODE_TEXTS: TextTable = {
  DNS: ({ host, reason }) =>
    `The host name "${host}" was not found (${reason}). Check its spelling, and the network.`,
  PERMISSION: ({ host, reason }) =>
    `This program may not connect to ${host} (${reason}): its runtime forbids it, and no further attempt is made. Start Node ` +
    'with --allow-net beside --permission, or Deno with --allow-net.',
  CONNECT: {
    lookup: ({ host, reason }) => `The look-up of the host name "${host}" failed (${reason}). See the cause.`,
    host: ({ host, reason }) =>
      reason === 'ECONNREFUSED'
        ? `No connection to ${host} (${reason}): nothing listens there. Start the server, or check host and port.`
        : `No connection to ${host} (${reason}). Check that the server runs there and no firewall is between.`,
    option: ({ option }) =>
      option === undefined
        ? 'What the functions among the options gave cannot be used. See the cause.'
        : `The function given as ${option} failed. See the cause.`,
    'unix-socket': ({ path, reason }) =>
      `No connection to the socket ${path} (${reason}). Check that the server runs and may be reached by this user.`,
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
    queued: opening(
      'Another connection to the same host has not come to its end (one connects at a time: RFC 6455, 4.1; option connectsPerHost)',
    ),
    dns: opening('The name look-up has not ended'),
    tcp: opening('The server has not accepted the TCP connection'),
    proxy: opening('The proxy has not opened the way to the server'),
    tls: opening('The TLS handshake has not ended'),
    http: opening('The server accepted the connection but has not answered the WebSocket handshake'),
  },
  HANDSHAKE_STATUS: {
    '': refusedHandshake,
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
    subprotocols: redirected(
      'to another origin, and a subprotocol that was offered may be a token, which stays with its origin',
    ),
    'create-connection': redirected(
      'to another origin, for which the streams of createConnection, and the certificates in them, may not be meant',
    ),
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
  HANDSHAKE_ACCEPT: {
    ...wrongHeader('Sec-WebSocket-Accept'),
    wrong: ({ received, expected }) =>
      `The server did not answer this very handshake: its Sec-WebSocket-Accept is ${quoted(received)}, and by the key that ` +
      `was sent "${expected}" is expected. ` +
      'Either the answer is an older one, out of the cache of a proxy, or the server computes it wrong: it is ' +
      'base64(sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) (RFC 6455, 4.2.2). Try without the proxy, or mend the server.',
  },
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
  BLOCKED_PORT: ({ port }) =>
    `Port ${port} belongs to another kind of service, and no browser connects to it. Use another port, or the option ` +
    'allowBlockedPorts.',
  INSECURE: {
    unencrypted: ({ server }) =>
      `This client had an encrypted address, and ${server} is not one: what it sends would be in clear. Use wss:, or ` +
      'allowInsecure: true if that is meant.',
    'unix-socket': ({ server }) =>
      `The function that was given as url answered with ${server}, a socket of this machine. Give such an address itself, ` +
      'or allowInsecure: true if the function is to be trusted with that.',
  },

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
      (received === NO_STATUS
        ? 'Some servers answer a Close without a code that way: close with one, close(1000).'
        : 'Some servers answer a Close with a reason that way: try close() without arguments.'),
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
      `The server began a message of at least ${size} bytes, larger than the limit of ${limit}. ${RAISE_MESSAGE_LIMIT}`,
    compressed: ({ size, limit }) =>
      `The server sent a compressed message that takes at least ${size} bytes, larger than the limit of ${limit}. ${RAISE_MESSAGE_LIMIT}`,
  },
  TOO_MANY_FRAGMENTS: ({ limit }) =>
    `The server cut a message into more than ${limit} fragments. Raise limits.maxFragments if that is expected.`,
  CONNECTION_LOST: {
    'unreadable-blob': 'A Blob that was to be sent cannot be read. See the cause.',
    'listener-failed': 'A listener failed while a message was delivered. See the cause.',
  },
  SEND_BUFFER_FULL: ({ bytes, limit }) =>
    `${bytes} bytes would wait to be sent, which is over maxBufferedAmount, ${limit}. The server or the network is slower ` +
    'than this program: wait while bufferedAmount is high.',
  INVALID_URL: {
    'no-url': 'Which server? Give its URL: holdline wss://…',
    target:
      'The host or the resource of the target is empty, or not visible ASCII throughout. Let parseTarget() make it.',
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
  INVALID_HEADER: {
    name: ({ index }) =>
      `The name of header number ${index} is not a token. Pass name and value apart: ['x-name', 'value'].`,
    reserved: ({ header }) =>
      `The header "${header}" belongs to the handshake and cannot be set. Use the option made for it (protocols, …).`,
    value: ({ header }) =>
      `The value of the header "${header}" holds a character that no header may: control characters (CR, LF, NUL, …) ` +
      'or beyond U+00FF. Encode it first, in base64 for instance.',
    'no-text': ({ header }) =>
      `The value of the header "${header}" is no string. Convert it first; several values are one text, or pairs of one name.`,
    'no-pairs': 'The headers are a list, but not of pairs. Give an object, a Headers, or [[name, value], …].',
    'no-file': ({ file }) => `The file ${file} with the headers could not be read. See the cause.`,
    'no-colon': "A header is written as --header 'Name: value', with a colon.",
  },
  INVALID_DATA: {
    ping: 'The payload of a ping must be a Uint8Array of at most 125 bytes.',
    'ping-type': 'The payload of a ping must be a string, an ArrayBuffer or a typed array.',
    engine: 'Only a string or a Uint8Array can be sent. Convert other values first.',
    'mixed-fragments':
      'The fragments of a message must all be strings or all be bytes. End the message before changing the type.',
    'shared-buffer': 'The bytes lie in a buffer that is shared between threads. Send a copy of them.',
    'resizable-buffer': 'The bytes lie in a buffer that is resizable. Send a copy of them.',
    record: ({ index }) => `Line ${index} is no record. Give the text that trace(jsonLines(…)) has written.`,
    'record-cut': ({ index }) =>
      `Record ${index} does not hold its whole message. Record with trace(…, { preview: Infinity }), messages under 64 KiB.`,
  },
  INVALID_OPTION: {
    'token-characters': ({ owner }) =>
      `The token of ${owner} must be visible ASCII without spaces, to go into a header.`,
    'receive-buffer': ({ bytes }) =>
      `receiveBuffer must return a Uint8Array of at least ${bytes} bytes, the length it was asked for, or undefined.`,
    'one-file': 'Give one file of records: holdline infer session.jsonl.',
    'unread-file': ({ file }) => `The file ${file} cannot be opened. See the cause.`,
    'one-url':
      'Give one URL and nothing else beside the options: holdline wss://…. The one command is infer; quote a text with spaces.',
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
    unfinished: 'A fragmented message is unfinished. End it with sendFragment(data, true).',
    'opened-twice': 'open() was called twice. An engine serves one connection: make another.',
    'nobody-connected': 'No client has connected to this server yet.',
    replay: ({ index, expected, received }) =>
      `The client does not do what was recorded. Message ${index}: recorded ${shown(String(expected))}, sent ${shown(String(received))}.`,
    'replay-unfinished': ({ size, expected }) =>
      `The client has not done all that was recorded. ${size} steps are left, the next: ${shown(String(expected))}.`,
  },
  UNSUPPORTED: {
    'no-crypto':
      'There is no globalThis.crypto, whose random bytes mask every message (RFC 6455, 5.3). Node and browsers have it: a test ' +
      'environment with globals of its own must pass it on.',
    'scripted-blob': 'A scripted server cannot send a Blob. Read its bytes first.',
    'scripted-headers': 'This scripted transport was told that it cannot send headers.',
  },
};

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
    TLS_NOT_CHECKED:
      'The stream that createConnection gave is encrypted, but nobody has checked the certificate. Check it there, or pass ' +
      'tls: { rejectUnauthorized: false } if that is meant.',
    TLS_OPTIONS_UNUSED:
      'The stream that createConnection gave is encrypted already, so the tls options have no effect. Give them to what ' +
      'makes that stream.',
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
