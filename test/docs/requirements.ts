/**
 * What RFC 6455, RFC 7692 and the WHATWG WebSockets standard ask of a client, numbered, in our own words. A test that
 * proves a row names it in its title: `(#44)`. test/docs/conformance.ts joins the two.
 */

/** How strictly a row is asked for. */
export type Level = 'must' | 'should' | 'implied' | 'hardening';

/**
 * Where it can be obeyed: in the engine over raw TCP, in the API over every transport, or by a browser alone, whose
 * WebSocket is then used as it is.
 */
export type Place = 'engine' | 'API' | 'browser';

export interface Requirement {
  readonly number: number;
  /** Section: of RFC 6455 unless the group says otherwise. */
  readonly section: string;
  readonly level: Level;
  readonly place: Place;
  readonly text: string;
}

export interface RequirementGroup {
  readonly title: string;
  readonly requirements: readonly Requirement[];
}

const LEVELS: Readonly<Record<string, Level>> = {
  M: 'must',
  S: 'should',
  I: 'implied',
  H: 'hardening',
};
const PLACES: Readonly<Record<string, Place>> = { R: 'engine', A: 'API', N: 'browser' };

/** One line a row: `number | section | level and place | text`. */
function group(title: string, lines: string): RequirementGroup {
  const requirements = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [number, section, marks, text] = line.split('|').map((cell) => cell.trim()) as [
        string,
        string,
        string,
        string,
      ];
      const level = LEVELS[marks[0] as string] as Level;
      const place = PLACES[marks[1] as string] as Place;
      return { number: Number(number), section, level, place, text };
    });
  return { title, requirements };
}

/** Rows on which we decide otherwise than the text asks, or stricter, and the page that says why. */
export const DEVIATIONS: ReadonlyMap<number, string> = new Map([
  [60, '../decisions/0002-stricter-than-the-rfc.md'],
  [105, '../decisions/0002-stricter-than-the-rfc.md'],
]);

export const REQUIREMENTS: readonly RequirementGroup[] = [
  group(
    'Address and way (RFC 6455, 3 and 4.1)',
    `
1 | 3 | MA | A URL with a fragment is refused.
2 | 3 | IR | Ports 80 and 443 unless given; the resource is path and query, at least a slash.
3 | 4.1 | MA | An invalid URL fails before a byte is sent.
4 | 4.1 | MR | One connection at a time is being opened to an address and port; others wait their turn.
5 | 4.1 | MR | Where a proxy looks names up, each name counts as an address of its own.
6 | 4.1 | SR | A proxy is asked by CONNECT for host and port; the rest goes through the tunnel.
7 | 4.1 | SR | Without a proxy, TCP leads straight to the host.
8 | 4.1 | MR | A TCP connection or a proxy that fails ends the attempt.
9 | 4.1 | MR | For wss, TLS stands before the first byte of the handshake.
10 | 4.1 | MR | A certificate that cannot be verified, or is another host's, ends the attempt; never plain ws instead.
11 | 4.1 | MR | Everything after goes through TLS.
12 | 4.1 | MR | TLS names the host (SNI), but no IP address.
13 | 10.6 | MR | TLS is there to be used.
14 | 10.5 | IR | Credentials travel by HTTP's own means: Cookie, Authorization, TLS.
`,
  ),
  group(
    'The request (RFC 6455, 4.1, 9.1 and 11.3)',
    `
15 | 4.1 | MR | A valid GET request of HTTP/1.1.
16 | 4.1 | MR | Its target is the resource of the URL.
17 | 4.1 | MR | Host has the name, and the port unless it is the default; IPv6 in brackets.
18 | 4.1 | MR | Upgrade says websocket.
19 | 4.1 | MR | Connection says Upgrade.
20 | 4.1 | MR | Sec-WebSocket-Key is base64 of 16 random bytes.
21 | 4.1 | MR | Every connection has a key of its own.
22 | 4.1 | MR | Browsers send Origin; others may leave it out.
23 | 4.1 | MR | Sec-WebSocket-Version is 13.
24 | 4.1 | MA | Subprotocols are distinct tokens, in order of preference.
25 | 9.1 | MR | The offer of extensions keeps to the grammar and to registered names and parameters.
26 | 11.3 | MR | Key and version stand there once.
27 | 4.1 | MR | Nothing follows the request before the answer is checked.
28 | 4.1 | IR | A caller's header fields are sent, and cannot make lines of their own (CR, LF, NUL).
`,
  ),
  group(
    'The answer (RFC 6455, 4.1, 4.2.2 and 9.1)',
    `
29 | 4.1 | IR | Any status but 101 is never an open connection.
30 | 4.1 | MR | Upgrade must be websocket, in any case.
31 | 4.1 | MR | Connection must contain upgrade, in any case, in any place of the list.
32 | 4.1 | MR | Sec-WebSocket-Accept must prove that the key was read.
33 | 4.1 | MR | An extension that was not offered ends the attempt.
34 | 4.1 | MR | A subprotocol that was not offered ends the attempt.
35 | 11.3 | MR | Accept, Protocol and Extensions stand there at most once; Protocol is one token.
36 | 4.1 | MR | Any other breach of 4.2.2 ends the attempt.
37 | 9.1 | MR | A list of extensions that breaks the grammar ends the attempt.
38 | 9.1 | IR | Extensions apply in the order in which they were agreed to.
39 | 4.1 | IR | Bytes behind the blank line are frames, in the same packet too.
40 | 4.4 | IR | A refusal that lists versions hands them on in the error.
41 | – | HR | Lines, fields and the whole head have limits; reading them takes linear time.
42 | – | HR | One deadline for the whole opening, so that a slow drip does not stretch it.
43 | – | HR | Folded lines, bare CR or LF, NUL, a space before the colon and HTTP/1.0 are refused; 1xx is passed over.
`,
  ),
  group(
    'Frames sent (RFC 6455, 5, 6.1 and 10.3)',
    `
44 | 5.1, 5.3 | MR | Every frame is masked, control frames and frames over TLS too.
45 | 5.3, 10.3 | MR | Every frame has a key that nothing predicts.
46 | 10.3 | MR | What is sent is fixed before its key is known.
47 | 5.2 | MR | Reserved bits are 0 unless agreed on.
48 | 5.2 | MR | Lengths are written in the fewest bytes.
49 | 5.4, 5.5 | MR | Control frames are whole and have at most 125 bytes of payload.
50 | 5.4 | MR | Fragments keep their order and are not mixed with another message.
51 | 5.4 | IR | The first fragment has the opcode, the last one FIN.
52 | 5.6 | MA | Text is valid UTF-8; lone surrogates become U+FFFD.
53 | 6.1 | MA | Messages leave only while the connection is open.
54 | 5.5.1 | MA | No data frame follows a Close frame.
55 | 5.5.1 | MA | A Close body is empty, or a code and up to 123 bytes of reason.
56 | 7.4 | MA | 1005, 1006, 1015 and the codes that are nobody's never reach the wire.
`,
  ),
  group(
    'Frames received (RFC 6455, 5, 6.2, 8.1, 10.4 and 10.7)',
    `
57 | 5.1 | MR | A masked frame of a server ends the connection (1002).
58 | 5.2 | MR | So does a reserved bit that was not agreed on.
59 | 5.2 | MR | So does an unknown opcode.
60 | 5.2 | MR | A length in more bytes than needed, or with its top bit set, is the server's fault (we end with 1002).
61 | 5.4 | MR | Messages may be fragmented, with control frames between.
62 | 5.4 | IR | A continuation without a beginning, or a beginning inside a message, ends with 1002.
63 | 5.5 | MR | A control frame that is fragmented or too long ends with 1002.
64 | 5.5.2 | MR | A Ping is answered with its own payload.
65 | 5.5.2, 5.5.3 | SR | Promptly; where several wait, the newest is enough.
66 | 5.5.3 | IR | A Pong that nobody asked for is no fault.
67 | 5.5.1 | MR | A Close is answered, and only one is ever sent.
68 | 5.5.1 | IR | Half a code, or one that may not be sent, ends with 1002; a broken reason with 1007.
69 | 5.5.1 | MR | Once both Closes were exchanged the connection is over.
70 | 5.5.1 | MA | The reason of a Close is for programs, not for an end user's eyes.
71 | 5.6, 8.1 | MR | Text that is not UTF-8 ends with 1007; characters may be cut anywhere.
72 | 5.6 | IR | Binary arrives unchanged.
73 | 6.2 | MR | Every byte is part of a frame; every message starts clean.
74 | 10.4 | MR | Messages have a size limit (1009).
75 | 10.4 | HR | So has the number of their fragments, empty ones too.
76 | 10.7 | MR | What is not valid is not used; a Close says why.
77 | – | HR | Memory is not taken on a length's word; 64 bits are read without loss.
`,
  ),
  group(
    'Closing and coming back (RFC 6455, 7)',
    `
78 | 7.1.1 | SR | TCP and TLS end in order; what trails is thrown away.
79 | 7.1.1 | SR | The server's end is waited for, with a bound.
80 | 7.1.2 | MR | Closing begins with a Close frame.
81 | 7.1.4 | IA | A closure is clean only if both Close frames were exchanged before TCP ended.
82 | 7.1.5 | IA | Its code is the server's first; 1005 for an empty Close, 1006 for none.
83 | 7.1.6 | IA | Its reason likewise.
84 | 7.1.7 | MR | Failing an open connection says why in a Close frame first.
85 | 7.1.7 | MR | After failing nothing more is read, not even a Close.
86 | 7.2.1 | SA | The client does not close without cause.
87 | 7.2.1 | MR | A lost transport is 1006.
88 | 7.2.3 | SA | Coming back waits for a random time that grows with the failures.
89 | 7.4.1 | IA | Close codes are used with their registered meaning.
90 | 7.4.2 | IA | 3000-3999 and 4000-4999 are free for libraries and programs.
`,
  ),
  group(
    'Compression (RFC 7692, where it was offered)',
    `
91 | 5 | MR | An answer that was not offered, or conflicts about RSV1, ends the attempt.
92 | 7 | MR | So does a parameter that is unknown, repeated, of a wrong value or not allowed by the offer.
93 | 7.1.1 | MR | The no_context_takeover parameters take no value, and both are obeyed.
94 | 7.1.2 | MR | Window bits are 8 to 15 in plain decimal; the client's only if offered.
95 | 6.1 | MR | RSV1 stands on the first frame of a data message and nowhere else.
96 | 6.1 | IR | A message without it is plain.
97 | 7.2.1 | MR | What is sent keeps to the agreed window and context; the tail is cut off the end only.
98 | 7.2.2 | MR | What is received is inflated with the agreed window and context.
99 | 8 | HR | The size limit holds while inflating; a corrupt stream is 1007, not an exception.
100 | 8 | HA | A message can be left uncompressed, for secrets (CRIME, BREACH).
101 | 5 | IR | Without an agreement RSV1 is 1002.
`,
  ),
  group(
    'The interface (WHATWG WebSockets)',
    `
102 | constructor | MA | ws, wss, http and https; any other scheme, or a fragment, is a SyntaxError.
103 | constructor | MA | So are subprotocols that repeat or are no tokens.
104 | establish | MN | No redirect is followed; credentials as a browser has them.
105 | establish | MR | Subprotocols were offered and none was chosen: the attempt fails.
106 | Fetch | MN | Blocked ports, mixed content and the page's policy apply.
107 | close | MA | 1000 or 3000-4999, else InvalidAccessError; a reason over 123 bytes is a SyntaxError.
108 | close | MA | While connecting it fails the attempt; while closing it does nothing; bare, it sends an empty Close.
109 | close | MA | What was sent before still leaves first.
110 | send | MA | While connecting InvalidStateError; later dropped, though counted for ever.
111 | send | MA | What cannot be buffered ends the connection, error first.
112 | bufferedAmount | MA | Payload alone is counted.
113 | message | MA | Only while open; as Blob or ArrayBuffer, with the origin.
114 | events | MA | Each in a task of its own; error before close, close exactly once.
115 | close event | MN | A script cannot tell one failure from another: 1006 for all.
116 | ping | MA | Browsers have none: heartbeats there are messages.
117 | collection | MN | A socket in use is not collected.
118 | page | MN | Leaving the page closes with 1001.
`,
  ),
];

export interface Attack {
  readonly number: number;
  readonly attack: string;
  /** What a correct client does. */
  readonly answer: string;
}

/** One line a row: `number | attack | answer`. */
export const ATTACKS: readonly Attack[] = `
1 | lengths of 2^63 - 1, with the top bit, above the limit | fails before any memory is taken: 1009, or 1002 for the top bit
2 | fragments that together pass the limit | fails at the header that does: 1009
3 | fragments without end, empty or of a byte | a bound far above honest traffic: 1008
4 | a deflate bomb; corrupt deflate, also behind the limit | stops inflating at the limit: 1009; 1007
5 | answers about compression that were not offered or make no sense | refuses the handshake
6 | pings in floods, while we do not write | answers the newest, holds no more
7 | masked frames, reserved bits, unknown opcodes | 1002
8 | fragmented or overlong control frames | 1002
9 | continuations of nothing, messages inside messages | 1002
10 | Close bodies of one byte, forbidden codes, broken reasons | 1002; 1007
11 | text that is no UTF-8, in every way | 1007 at the first bad byte; every valid split is taken
12 | two Closes, data behind a Close, a reset behind it, half-closed streams | one close event
13 | heads of megabytes, endless lines, 10,000 fields, a byte a read | fails at the limit, in linear time
14 | a server that drips or is silent, in any phase | one deadline for all phases together
15 | wrong, missing or repeated handshake fields, HTTP/1.0, 200, a body with 101 | refuses, with status, headers and body in the error
16 | subprotocols never offered, repeated, two in one; bytes above 0x7F; names like __proto__ | refuses, and lives
17 | redirects to other hosts or schemes | not followed unless asked for; no secret crosses origins
18 | CR, LF and NUL in URL, headers, subprotocol, proxy credentials | thrown before a byte is sent
19 | certificates that are expired, another host's, self-signed; old TLS | fails with the exact cause
20 | proxies that refuse, never end their answer, or add bytes to it | limits, a typed error
21 | a masking key that can be predicted | a fresh one a frame, from a strong source
22 | numbers as payload, typed arrays as reason, buffers changed after send | TypeError; a copy is sent
23 | a server that stops reading while we send on | bufferedAmount grows; sending waits or is refused at the mark
24 | JSON with __proto__, deep nesting, replies unknown, late, repeated or forged | bounded, told, ignored
25 | tokens in logs, errors and traces | are nowhere
26 | listeners that throw, close or connect again inside an event | isolated
27 | a server that accepts and closes, for ever | waits longer every time
28 | odd but honest answers: case, spacing, empty phrase, one byte at a time, frames in the same segment | are taken
29 | one message of JSON that becomes millions of values or calls | bounds on size and batch; nothing is made that nobody hears
30 | buffers bounded by count alone, filled with events of megabytes | bounds by count and bytes
31 | questions of the server's without end while handlers are slow | a bound on those under way; no scan of all for one
32 | refusals, redirects and Closes that repeat our token, in any form | taken out of everything that is kept
33 | a login token in the compression window beside chosen text | a login's messages leave uncompressed
34 | a TLS session of a connection with other rules | sessions go with the content of the options, and age; none of what is not checked
35 | streams of the caller's whose certificate nobody checked; redirects with them | refused unless told otherwise; not followed to another origin
36 | credentials that follow to another origin, or from wss: to ws: | stay with their origin, and encrypted
37 | one name's stalled connection that holds up another's address | a turn is held for the address being tried
38 | a journal of one user, or server, read by the next | bound to both; cleared at logout
39 | control characters and megabytes in texts of the server's | shown texts are escaped and cut
40 | requests to the tour's own pages that are no URL, or of another page | answered or refused; the server lives
41 | entries of NO_PROXY that cannot be read, or half | passed over with a warning
42 | options in Object.prototype | are no options
43 | a server that says for ever that it restarts | a least interval between handovers
44 | secrets on a command line, characters that cannot be seen, text that looks like binary | files for headers; escaped; told apart
45 | a bundled dependency without its licence, or out of reach of its fixes | notices, and a bill of materials
46 | options of TLS that a redirect drops | are kept
`
  .trim()
  .split('\n')
  .map((line) => {
    const [number, attack, answer] = line.split(' | ') as [string, string, string];
    return { number: Number(number), attack, answer };
  });

/** Attacks that are known and not held yet. The list may only get shorter. */
export const OPEN_ATTACKS: readonly number[] = [];
