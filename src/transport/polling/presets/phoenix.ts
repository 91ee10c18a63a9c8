import { HandshakeError } from '../../../base/errors.ts';
import type { PollAnswer, PollingOptions, PollNews, PollRequest } from '../options.ts';
import { recordOf, textsOf, withParameters, withPath } from './shape.ts';

/** What is remembered of a long poll of Phoenix. */
export interface PhoenixSession {
  /** Where to ask and to send. */
  readonly url: URL;
  /** Header fields of every request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A server answers after so long, in milliseconds (Phoenix.Transports.LongPoll: window_ms). */
const HOLD_MS = 10_000;

/** A server takes so many messages in one request. */
const MAX_BATCH = 100;

/** Stands before the token in a subprotocol (Phoenix 1.8). */
const AUTH_TOKEN = 'base64url.bearer.phx.';

/**
 * The long poll of Phoenix channels. The address is that of the WebSocket, such as
 * `wss://example.com/socket/websocket?vsn=2.0.0`. A token that is offered as a subprotocol travels in a header.
 *
 * HTTP says 200 whatever happened; the status in the answer counts: 410 once with the token of a new session, later for one
 * that is forgotten. Text alone can be sent.
 *
 * @example
 * ```ts
 * createClient({ url: 'wss://example.com/socket/websocket', transport: pollingTransport(phoenixLongPoll()) });
 * ```
 */
export function phoenixLongPoll(): PollingOptions<PhoenixSession> {
  const asked = ({ url, headers }: PhoenixSession, body?: string): PollRequest =>
    body === undefined
      ? { url, headers }
      : { url, headers: { ...headers, 'Content-Type': 'application/x-ndjson' }, body };
  return {
    start: async ({ url: address, protocols, ask, hide }) => {
      const path = withPath(address, address.pathname.replace(/\/(websocket|longpoll)?$/, '/longpoll'));
      const url = withParameters(path, { vsn: address.searchParams.get('vsn') ?? '2.0.0' });
      const bearer = protocols.find((protocol) => protocol.startsWith(AUTH_TOKEN));
      const secret = bearer === undefined ? undefined : atob(bearer.slice(AUTH_TOKEN.length));
      if (secret !== undefined) hide(secret);
      const headers: Record<string, string> = secret === undefined ? {} : { 'X-Phoenix-AuthToken': secret };
      const answer = await ask(asked({ url, headers }));
      const { status, token } = recordOf(answer.text);
      if (status !== 410 || typeof token !== 'string') throw refused(status);
      hide(token);
      return { session: { url: withParameters(url, { token }), headers } };
    },
    poll: (session) => asked(session),
    parse,
    send: (messages, session) => asked(session, messages.join('\n')),
    sent: parse,
    accept: ([first = '']) => first,
    hold: HOLD_MS,
    // JSON has no line break outside of its texts, nor as itself inside of one.
    carries: (message) => typeof message === 'string' && !message.includes('\n'),
    maxBatch: MAX_BATCH,
  };
}

function parse({ text }: PollAnswer): PollNews {
  const { status, messages } = recordOf(text);
  if (status === 200) return { messages: messages === undefined ? [] : textsOf(messages) };
  if (status === 204) return {};
  if (status === 410) return { isGone: true };
  throw refused(status);
}

/** The status inside of the answer, as if HTTP had said it. */
function refused(status: unknown): HandshakeError {
  return new HandshakeError('HANDSHAKE_STATUS', { phase: 'http', detail: 'poll', status: Number(status) });
}
