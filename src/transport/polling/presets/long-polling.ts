import { checkPreset } from '../checks.ts';
import type { PollAnswer, PollingOptions, PollNews } from '../options.ts';
import { randomName, recordOf, textsOf, withParameters } from './shape.ts';

/** What is remembered of long polling. */
export interface LongPollingSession {
  /** Where to ask, the name of the session included. */
  readonly url: URL;
  /** Up to where the server has been heard. */
  cursor: string;
  /** How many messages were sent. */
  sent: number;
}

/** For how long the server of long polling holds an answer. */
export interface LongPollingOptions {
  /** Milliseconds. Default 30,000. */
  readonly hold?: number | undefined;
}

const DEFAULT_HOLD_MS = 30_000;

/**
 * Long polling as tutorials explain it, with a cursor so that nothing is lost: the server holds a request until it has
 * something or a time is over, and the client asks again at once.
 *
 * - `GET ?session=S` opens, under a name that the client has made, and is answered at once.
 * - `GET ?session=S&cursor=C` waits for what came behind `C`.
 * - Both are answered by `{"cursor": …, "messages": […]}`, or 204 for nothing. A message that is no text arrives as JSON.
 * - `POST ?session=S&n=N` sends a list of texts, the first of which is message number N, so that a server can tell one that
 *   comes twice.
 * - 404 and 410 mean that the server has forgotten the session.
 *
 * Since the cursor says what has arrived, an answer that is lost is asked for again.
 *
 * @example
 * ```ts
 * createClient({ url: 'https://example.com/chat', envelope: raw(), transport: pollingTransport(longPolling()) });
 * ```
 */
export function longPolling(options: LongPollingOptions = {}): PollingOptions<LongPollingSession> {
  checkPreset(options, 'hold', longPolling);
  const { hold = DEFAULT_HOLD_MS } = options;
  return {
    start: async ({ url, ask, random, hide }) => {
      const name = randomName(random);
      hide(name);
      const session = { url: withParameters(url, { session: name }), cursor: '', sent: 0 };
      return { session, ...parse(await ask({ url: session.url }), session) };
    },
    poll: ({ url, cursor }) => ({ url: withParameters(url, { cursor }) }),
    parse,
    send: (messages, session) => {
      const url = withParameters(session.url, { n: String(session.sent) });
      session.sent += messages.length;
      return { url, body: JSON.stringify(messages) };
    },
    hold,
    repeats: true,
    keeps: true,
    forgotten: [404, 410],
  };
}

function parse({ text }: PollAnswer, session: LongPollingSession): PollNews {
  if (text === '') return {};
  const { cursor, messages } = recordOf(text);
  const texts = textsOf(messages);
  // Not before all of it was read: what cannot be read is no answer.
  if (cursor !== undefined) session.cursor = String(cursor);
  return { messages: texts };
}
