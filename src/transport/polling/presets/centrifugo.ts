import type { PollAnswer, PollingOptions, PollNews } from '../options.ts';
import { recordOf, withPath } from './shape.ts';

/** What is remembered of a stream of Centrifugo. */
export interface CentrifugoSession {
  /** Where the stream is. */
  readonly stream: URL;
  /** Where to send. */
  readonly emulation: URL;
  /** The first commands, which open the stream. */
  connect: string | undefined;
  /** The name of the session, from the server's answer to them. */
  session: unknown;
  /** The name of the server's node, from the same. */
  node: unknown;
}

/** Milliseconds: a server pings every 25 s, and a client waits 10 s longer. */
const HOLD_MS = 35_000;

/**
 * The `http_stream` of Centrifugo 4 and later: one answer that goes on, line by line, and requests beside it to send. The
 * address is that of the WebSocket, such as `wss://example.com/connection/websocket`. The first message must be the `connect`
 * command, as over a WebSocket: it opens the stream. Messages are lines: text alone can be sent.
 *
 * @example
 * ```ts
 * createClient({ url: 'wss://example.com/connection/websocket', transport: pollingTransport(centrifugoStream()) });
 * ```
 */
export function centrifugoStream(): PollingOptions<CentrifugoSession> {
  return {
    start: ({ url }) => {
      const base = url.pathname.replace(/\/connection\/(websocket|http_stream)$/, '');
      const stream = withPath(url, `${base}/connection/http_stream`);
      const emulation = withPath(url, `${base}/emulation`);
      return { session: { stream, emulation, connect: undefined, session: undefined, node: undefined } };
    },
    poll: ({ stream, connect }) =>
      connect === undefined ? undefined : { url: stream, headers: JSON_TYPE, body: connect },
    parse,
    send: (messages, session) => {
      const data = messages.join('\n');
      const { emulation, session: name, node } = session;
      if (session.connect !== undefined)
        return { url: emulation, headers: JSON_TYPE, body: JSON.stringify({ session: name, node, data }) };
      session.connect = data;
      return undefined;
    },
    hold: HOLD_MS,
    separator: '\n',
  };
}

const JSON_TYPE: Readonly<Record<string, string>> = /* @__PURE__ */ Object.freeze({
  'Content-Type': 'application/json',
});

function parse({ text, isLast }: PollAnswer, session: CentrifugoSession): PollNews {
  // The stream is the connection: it does not begin again where it ended.
  if (isLast) return { isGone: true };
  const { connect } = recordOf(text);
  if (typeof connect === 'object' && connect !== null) {
    const { session: name, node } = connect as Record<string, unknown>;
    session.session = name;
    session.node = node;
  }
  return { messages: [text] };
}
