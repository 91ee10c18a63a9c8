// What other runtimes cannot do, or do wrong, with the tests that show it. Read by test-runtimes.mjs, printed in
// docs/reference/runtimes.md. A gap whose tests pass is an error: whoever closes one takes it from this list.

const SESSIONS =
  'No TLS session is taken up again: a client of this runtime is never handed one, or its server never says so.';
const DICTIONARY =
  'The one-call functions of its node:zlib take no dictionary for raw streams. Tests check with them; of the library only the stand-in uses them, which runs where zlib cannot be driven by hand, as it can here.';
const UNCHECKED =
  'Its WebSocket opens whatever the server answers: no proof of the key, subprotocols and extensions that were not offered. `tcpTransport`, the default there, checks.';
const NATIVE = 'test/transport/conformance/native.test.ts';
const TLS = 'test/transport/tcp/dialling/dial.tls.test.ts';
const DIAL = 'test/transport/tcp/dialling/dial.test.ts';
const TLS_WAYS = 'test/transport/tcp/dialling/dial.tls-ways.test.ts';
const AMOUNTS = 'test/faults/attack-amounts.test.ts';
const STACKS =
  'Calls that its engine has made into jumps (tail calls) have no frame in a stack: the caller’s is not the first.';
const RESOURCES = 'Its list of active resources is empty.';
const ENGINE =
  'The bounds of memory are those of V8: this engine takes more for the same values and for its start, and gives it back later.';
const COLLECTOR = 'What it allows for is the collector of Node; this one comes later at times.';

const OF_NODE = 'it installs the package with npm and starts programs with flags of Node';

const CHECKPOINT = 'The call of Node’s that this rests on is not there; each event has a turn of its own.';

const FETCH =
  'Its fetch gives an answer for what is none, and fails when that is read, so the error says more.';

/** @type {import('./runtime-results.d.mts').Gap[]} */
export const GAPS = [
  ...['/wrong-accept', '/reset-handshake', '/end-handshake', '/garbage-head'].map((path) => ({
    on: ['bun'],
    file: 'test/transport/conformance/polling.test.ts',
    test: `is told: ${path}`,
    why: FETCH,
  })),
  {
    on: ['bun'],
    file: NATIVE,
    test: 'counts bytes of payload, and nothing once they are gone',
    why: 'Its WebSocket hands small messages to the system at once and counts none as waiting.',
  },
  {
    on: ['bun'],
    file: TLS,
    test: 'with http/1.1 as the one application protocol',
    why: 'Its TLS server, which the test runs, does not say which protocol was agreed on.',
  },
  {
    on: ['deno'],
    file: TLS,
    test: 'does not speak TLS 1.1, unless told to',
    why: 'It has no TLS 1.1.',
  },
  {
    on: ['bun', 'deno'],
    file: TLS,
    test: 'goes on with the session of the connection before',
    why: SESSIONS,
  },
  {
    on: ['bun', 'deno'],
    file: TLS,
    test: 'forgets a session that the server does not get along with',
    why: SESSIONS,
  },
  {
    on: ['bun', 'deno'],
    file: 'test/transport/tcp/dialling/dial.proxy.test.ts',
    test: 'goes on with the TLS session of the connection before',
    why: SESSIONS,
  },
  {
    on: ['bun'],
    file: DIAL,
    test: 'the deadline names the phase (#42, attack 14) > tcp',
    why: 'Its server, which the test runs, accepts more connections than its backlog, so that none has to wait.',
  },
  {
    on: ['bun', 'deno'],
    file: 'test/transport/native/native-transport.dom.test.ts',
    why: 'msw fails in it, and ends the process in Deno: events of the runtime do not go with the EventTarget of happy-dom.',
  },
  {
    on: ['deno'],
    file: 'test/transport/tcp/whatwg/websocket-message-event.test.ts',
    test: 'is a MessageEvent to all who look at it',
    why: 'Its own MessageEvent has its members as properties of the object and prints as one of another class; ours does as in browsers.',
  },
  {
    on: ['bun', 'deno'],
    file: 'test/transport/tcp/whatwg/websocket.held.test.ts',
    test: 'leaves in one write for all that have come together',
    why: CHECKPOINT,
  },
  {
    on: ['bun', 'deno'],
    file: 'test/transport/tcp/whatwg/websocket-tasks.test.ts',
    test: 'runs many in one turn of the event loop',
    why: CHECKPOINT,
  },
  {
    on: ['bun', 'deno'],
    file: 'test/faults/attack-frames.test.ts',
    test: 'a flood that is answered to nobody',
    sometimes: true,
    why: COLLECTOR,
  },
  {
    on: ['bun', 'deno'],
    file: 'test/faults/attack-deflate.test.ts',
    test: 'many small bombs, each under the limit',
    sometimes: true,
    why: COLLECTOR,
  },
  {
    on: ['deno'],
    file: TLS,
    test: 'a certificate that is one for clients only',
    why: 'It refuses the certificate, but with a code of its own.',
  },
  { on: ['deno'], file: NATIVE, test: 'is told: /wrong-accept', why: UNCHECKED },
  { on: ['deno'], file: NATIVE, test: 'a subprotocol that was not offered', why: UNCHECKED },
  { on: ['deno'], file: NATIVE, test: 'compression > that was not offered is no connection', why: UNCHECKED },
  {
    on: ['deno'],
    file: NATIVE,
    test: 'text and bytes of any size come back as they were',
    why: 'Its WebSocket does not compress.',
  },
  {
    on: ['deno'],
    file: NATIVE,
    test: 'sends the bytes as they were when send was called, behind a Blob too',
    why: 'Its WebSocket does not copy the bytes that it is given.',
  },
  {
    on: ['deno'],
    file: 'test/cli/converse.test.ts',
    test: 'ends at once when the server closes cleanly',
    why: 'It counts timers that do not keep a program alive too.',
  },
  {
    on: ['deno'],
    file: 'test/cli/converse.test.ts',
    test: 'leaves no timer behind when the server closes during the wait',
    why: 'It counts timers that do not keep a program alive too.',
  },
  {
    on: ['deno'],
    file: 'test/transport/tcp/whatwg/websocket-close-event.test.ts',
    test: 'takes its members by the conversions of Web IDL',
    why: 'Its Event takes no null for the options.',
  },
  {
    on: ['deno'],
    file: 'test/transport/tcp/deflate/inflater.test.ts',
    test: 'inflates messages that refer to those before',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/transport/tcp/deflate/inflater.test.ts',
    test: 'keeps no more of earlier messages',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/transport/tcp/deflate/deflater.test.ts',
    test: 'forgets when told to',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/transport/tcp/deflate/deflater.test.ts',
    test: 'is read back in any window',
    sometimes: true,
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/protocol/engine.deflate-property.test.ts',
    test: 'is read back by a server with exactly the window agreed on',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/protocol/engine.deflate-sending.test.ts',
    test: 'carries RSV1, lacks 00 00 FF FF',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/protocol/engine.deflate-sending.test.ts',
    test: 'is plain if that is shorter',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/protocol/engine.deflate-sending.test.ts',
    test: 'is plain if it is short',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/protocol/engine.deflate-sending.test.ts',
    test: 'may end in an empty one',
    why: DICTIONARY,
  },
  {
    on: ['deno'],
    file: 'test/faults/deflate-release.test.ts',
    test: 'over many connections no zlib stream stays open',
    why: 'The functions of its node:zlib cannot be replaced, as the test does to count streams.',
  },
  {
    on: ['bun'],
    file: TLS_WAYS,
    test: 'is over with its hour',
    why: SESSIONS,
  },
  {
    on: ['bun'],
    file: TLS_WAYS,
    test: 'is over when the certificate is',
    why: SESSIONS,
  },
  {
    on: ['bun'],
    file: 'test/transport/tcp/connection.errors.test.ts',
    test: 'make no error and no AbortController',
    why: 'Its classes of errors cannot be counted by a stand-in of theirs.',
  },
  {
    on: ['bun'],
    file: 'test/transport/tcp/whatwg/platform.test.ts',
    why: 'The file does not end: what it does to the platform’s events stops the test runner there.',
  },
  {
    on: ['bun'],
    file: 'test/client/process-hold.test.ts',
    test: 'do not keep the process alive once that was said',
    why: 'A timer that was cleared holds nothing there, where one of Node’s goes on saying that it does.',
  },
  {
    on: ['bun'],
    file: 'test/client/checks.called.test.ts',
    test: 'rejects with an error that begins with its caller',
    why: STACKS,
  },
  {
    on: ['bun'],
    file: 'test/client/checks.called.test.ts',
    test: 'createClient in a page throws',
    why: STACKS,
  },
  {
    on: ['bun'],
    file: 'test/faults/soak.test.ts',
    test: 'leave no promise, listener, timer or socket behind',
    why: RESOURCES,
  },
  {
    on: ['bun'],
    file: 'test/faults/soak.test.ts',
    test: 'a timer of the test runner is none',
    why: RESOURCES,
  },
  {
    on: ['bun'],
    file: AMOUNTS,
    test: '(attack 29)',
    sometimes: true,
    why: ENGINE,
  },
  {
    on: ['bun'],
    file: AMOUNTS,
    test: '(attack 30)',
    sometimes: true,
    why: ENGINE,
  },
  {
    on: ['bun'],
    file: AMOUNTS,
    test: '(attack 31)',
    sometimes: true,
    why: ENGINE,
  },
];

/**
 * Whole suites that a runtime does not run, and why.
 * @type {Record<string, Partial<Record<import('./runtimes.d.mts').Runtime | 'node', string>>>}
 */
export const SUITES_NOT_RUN = {
  package: { bun: OF_NODE, deno: OF_NODE },
};
