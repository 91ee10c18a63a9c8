/**
 * A way of polling that can say all that a WebSocket can: for the conformance suite, in Node and in a browser. Its server is
 * polling-gateway.ts.
 */
import type { CloseFrame } from '../../src/base/errors.ts';
import type { PollAnswer, PollingOptions, PollMessage, PollNews } from '../../src/polling.ts';

/** What the gateway tells, in order. */
export type GatewayEvent =
  | readonly ['text', string]
  | readonly ['binary', string]
  | readonly ['close', number, string];

export interface GatewaySession {
  readonly url: URL;
}

/** How long the gateway holds a poll. */
export const GATEWAY_HOLD_MS = 2_000;

export function gatewayDialect(): PollingOptions<GatewaySession> {
  return {
    start: async ({ url, ask, hide }) => {
      const answer = await ask({ url: asking(url, 'open'), method: 'POST' });
      const { session } = JSON.parse(answer.text) as { session: string };
      hide(session);
      url.searchParams.set('_session', session);
      return { session: { url } };
    },
    poll: ({ url }) => ({ url: asking(url, 'next') }),
    parse: newsOf,
    send: (messages, { url }) => ({ url: asking(url, 'send'), body: JSON.stringify(messages.map(eventOf)) }),
    sent: newsOf,
    end: ({ url }, close) => ({ url: asking(url, 'end'), body: JSON.stringify(close) }),
    hold: GATEWAY_HOLD_MS,
    keeps: true,
    carries: () => true,
    forgotten: [410],
  };
}

function asking(url: URL, what: string): URL {
  const asked = new URL(url);
  asked.searchParams.set('_poll', what);
  return asked;
}

function eventOf(message: PollMessage): GatewayEvent {
  if (typeof message === 'string') return ['text', message];
  let binary = '';
  for (let at = 0; at < message.length; at += 8192)
    binary += String.fromCharCode(...message.subarray(at, at + 8192));
  return ['binary', btoa(binary)];
}

function newsOf({ text }: PollAnswer): PollNews {
  const messages: PollMessage[] = [];
  let close: CloseFrame | undefined;
  for (const event of text === '' ? [] : (JSON.parse(text) as GatewayEvent[])) {
    if (event[0] === 'text') messages.push(event[1]);
    else if (event[0] === 'binary') messages.push(bytesOf(event[1]));
    else close = { code: event[1], reason: event[2] };
  }
  return { messages, close };
}

function bytesOf(base64: string): Uint8Array {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
