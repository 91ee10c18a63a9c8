import { checkPreset } from '../checks.ts';
import type { PollAnswer, PollingOptions, PollNews } from '../options.ts';

/** What is remembered of plain polling. */
export interface PlainPollingSession {
  /** Where to ask, and to send. */
  readonly url: URL;
}

/** When plain polling asks. */
export interface PlainPollingOptions {
  /** Milliseconds from an answer to the next question. Default 5,000. */
  readonly interval?: number | undefined;
}

const DEFAULT_INTERVAL_MS = 5_000;

/**
 * Polling as tutorials explain it: the client asks at an interval, each request gets one answer. A GET is answered with what
 * there is to say, which is one message; an empty answer is none. A message is a POST of its own, and may be answered the
 * same way. After it the next question follows at once.
 *
 * An answer that is lost ends the connection, since this server does not say it again. Where it does, such as with a state
 * that is always told whole, add `repeats: true`.
 *
 * @example
 * ```ts
 * createClient({ url: 'https://example.com/news', envelope: raw(), transport: pollingTransport(plainPolling()) });
 * ```
 */
export function plainPolling(options: PlainPollingOptions = {}): PollingOptions<PlainPollingSession> {
  checkPreset(options, 'interval', plainPolling);
  const { interval = DEFAULT_INTERVAL_MS } = options;
  return {
    start: async ({ url, ask }) => ({ session: { url }, ...oneMessage(await ask({ url })) }),
    poll: ({ url }) => ({ url }),
    parse: oneMessage,
    send: ([body], { url }) => ({ url, method: 'POST', body }),
    sent: oneMessage,
    carries: () => true,
    maxBatch: 1,
    interval,
    keeps: true,
  };
}

function oneMessage({ text }: PollAnswer): PollNews {
  return text === '' ? {} : { messages: [text] };
}
