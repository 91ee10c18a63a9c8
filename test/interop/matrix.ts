/**
 * The interop matrix as data: which peers, which cases, and which of their crossings cannot be, with the reason.
 * matrix.test.ts runs every other crossing; the table of docs/reference/conformance.md is made from this file.
 */

/** A server, or a server behind something, that nobody here wrote. */
export interface InteropPeer {
  readonly id: InteropPeerId;
  /** For the table. */
  readonly title: string;
}

/** What is tried with each of them. */
export interface InteropCase {
  readonly id: InteropCaseId;
  /** For the table. */
  readonly title: string;
}

export type InteropPeerId =
  | 'ws'
  | 'ws-deflate'
  | 'ws-deflate-tight'
  | 'websockets'
  | 'websockets-plain'
  | 'gevent'
  | 'nginx'
  | 'nginx-tls'
  | 'tinyproxy'
  | 'tinyproxy-auth-tls'
  | 'microsocks'
  | 'microsocks-auth-tls';

export const INTEROP_PEERS: readonly InteropPeer[] = [
  { id: 'ws', title: '`ws`, without compression' },
  { id: 'ws-deflate', title: '`ws` with permessage-deflate' },
  { id: 'ws-deflate-tight', title: '`ws` with permessage-deflate, 9-bit windows, no context takeover' },
  { id: 'websockets', title: 'Python `websockets` as it comes: permessage-deflate, 12-bit windows' },
  { id: 'websockets-plain', title: 'Python `websockets`, without compression' },
  { id: 'gevent', title: 'Python `gevent-websocket`' },
  { id: 'nginx', title: '`ws` behind nginx as reverse proxy' },
  { id: 'nginx-tls', title: '`ws` behind nginx as TLS end' },
  { id: 'tinyproxy', title: '`ws` through tinyproxy (HTTP CONNECT)' },
  { id: 'tinyproxy-auth-tls', title: 'nginx with TLS through tinyproxy with user and password' },
  { id: 'microsocks', title: '`ws` through microsocks (SOCKS5)' },
  { id: 'microsocks-auth-tls', title: 'nginx with TLS through microsocks with user and password' },
];

export type InteropCaseId =
  | 'agreement'
  | 'text'
  | 'binary'
  | 'empty'
  | 'large'
  | 'fragments-in'
  | 'fragments-out'
  | 'burst-in'
  | 'burst-out'
  | 'ping-out'
  | 'ping-in'
  | 'close-out'
  | 'close-empty'
  | 'close-in';

export const INTEROP_CASES: readonly InteropCase[] = [
  { id: 'agreement', title: 'extensions as agreed' },
  { id: 'text', title: 'text' },
  { id: 'binary', title: 'binary' },
  { id: 'empty', title: 'empty text and binary' },
  { id: 'large', title: '1 MiB, text and binary' },
  { id: 'fragments-in', title: 'fragments from the server' },
  { id: 'fragments-out', title: 'fragments from us' },
  { id: 'burst-in', title: '200 in a burst from the server' },
  { id: 'burst-out', title: '200 in a burst from us' },
  { id: 'ping-out', title: 'our ping' },
  { id: 'ping-in', title: 'the server’s ping' },
  { id: 'close-out', title: 'our close, code and reason' },
  { id: 'close-empty', title: 'our close without a code' },
  { id: 'close-in', title: 'the server’s close, code and reason' },
];

/** A crossing that is not run, or not in full, and why. */
export interface InteropException {
  /** `left out`, or `partly`: run without what the reason names. */
  readonly extent: 'left out' | 'partly';
  readonly reason: string;
}

/** Everything that is not here is run in full. */
export const INTEROP_EXCEPTIONS: Readonly<
  Partial<Record<InteropPeerId, Readonly<Partial<Record<InteropCaseId, InteropException>>>>>
> = {
  gevent: {
    'close-out': {
      extent: 'partly',
      reason:
        'A code without a reason only: the library answers a Close that has a reason by that reason without a code in front, which breaks RFC 6455, 5.5.1 (we say so: `PROTOCOL`, 1006). It hears both.',
    },
  },
};

/** What of a crossing is run. */
export function extentOf(peer: InteropPeerId, name: InteropCaseId): 'in full' | InteropException['extent'] {
  return INTEROP_EXCEPTIONS[peer]?.[name]?.extent ?? 'in full';
}
