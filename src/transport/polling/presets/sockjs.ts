import type { PollAnswer, PollingOptions, PollNews } from '../options.ts';
import { parsed, randomName, textsOf, withPath } from './shape.ts';

/** What is remembered of a session of SockJS. */
export interface SockJsSession {
  /** Where to receive. */
  readonly receive: URL;
  /** Where to send. */
  readonly send: URL;
}

/** A server says `h` after so long, in milliseconds (sockjs-node: heartbeat_delay). */
const HOLD_MS = 25_000;

/**
 * SockJS over `xhr`: what `sockjs`, Spring, Vert.x and others serve beside their WebSocket. The address is that of the
 * service, such as `https://example.com/echo`, or its raw WebSocket, `wss://example.com/echo/websocket`: the messages are the
 * same.
 *
 * A server forgets a session that does not ask for 5 s, and does not say again what was in an answer that was lost.
 *
 * @example
 * ```ts
 * createClient({ url: 'https://example.com/echo', envelope: raw(), transport: pollingTransport(sockjs()) });
 * ```
 */
export function sockjs(): PollingOptions<SockJsSession> {
  return {
    start: async ({ url, ask, random, hide }) => {
      const service = url.pathname.replace(/\/(websocket)?$/, '');
      const name = randomName(random);
      hide(name);
      // Three digits for whoever spreads load over servers, and a name for the session.
      const digits = String(Math.floor(random.uniform() * 1000)).padStart(3, '0');
      const base = `${service}/${digits}/${name}`;
      const session = { receive: withPath(url, `${base}/xhr`), send: withPath(url, `${base}/xhr_send`) };
      const first = await ask({ url: session.receive, method: 'POST' });
      return { session, ...(first.text.trimEnd() === OPEN ? {} : parse(first)) };
    },
    poll: ({ receive }) => ({ url: receive, method: 'POST' }),
    parse,
    send: (messages, { send }) => ({ url: send, body: JSON.stringify(messages) }),
    hold: HOLD_MS,
    forgotten: [404],
  };
}

/** Characters of a reason that are kept: a Close frame has room for 123 bytes (RFC 6455, 5.5). */
const MAX_REASON = 123;

const OPEN = 'o';

/** `o` opens, `h` says nothing, `a[…]` and `m…` are messages, `c[code,reason]` is the end, also on every later poll. */
function parse({ text }: PollAnswer): PollNews {
  const frame = text.trimEnd();
  const kind = frame[0];
  // A server that has forgotten a session makes a new one of its name without a word: what the old one held is lost.
  if (frame === OPEN) return { isGone: true };
  if (frame === 'h') return {};
  const content = parsed(frame.slice(1));
  if (kind === 'a') return { messages: textsOf(content) };
  if (kind === 'm') return { messages: textsOf([content]) };
  const [code, reason] = Array.isArray(content) && kind === 'c' ? (content as unknown[]) : [];
  const isCode = Number.isInteger(code) && (code as number) >= 1_000 && (code as number) <= 4_999;
  if (!isCode || typeof reason !== 'string') throw new TypeError('not a frame of SockJS');
  return { close: { code: code as number, reason: reason.slice(0, MAX_REASON) } };
}
