/** Slack's Socket Mode (docs.slack.dev, "Using Socket Mode"). */
import { AuthError, json, UsageError } from 'holdline';
import { type Classified, type EnvelopeFactory, protocolLogin } from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');

/** What Slack answers when asking again would help nobody. */
const FINAL = /^(invalid_auth|not_authed|account_inactive|token_revoked|missing_scope|forbidden_team)$/;

/**
 * The address of one connection; it is good for one only, so give it as a function: `url: () => slackUrl(token)`.
 *
 * @param token - of the app (`xapp-…`), with the scope `connections:write`
 */
export async function slackUrl(token: string, ask: typeof fetch = fetch): Promise<string> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await ask('https://slack.com/api/apps.connections.open', { method: 'POST', headers });
  const { ok, url, error } = (await answer.json()) as { ok?: boolean; url?: string; error?: string };
  if (ok === true && url !== undefined) return url;
  if (FINAL.test(String(error))) throw new AuthError(`Slack refuses the token: ${error}.`);
  throw new Error(`Slack gives no address: ${error}.`);
}

/**
 * Events come by their type (`events_api`, `slash_commands`, `interactive`) and are acknowledged at once. Where Slack takes an
 * answer, `handle` gives it: `client.handle('slash_commands', ({ text }) => ({ text: 'done' }))`, within 3 s.
 *
 * Slack says when it ends a connection. With `use: [handover()]` the next one is open before that, and no event is missed.
 */
export function slack(): EnvelopeFactory {
  return () => {
    let last = 0;
    return {
      codec: json(),
      reader: () => ({ split: (value) => [value], classify }),
      rpc: {
        allocate: () => ++last,
        request: (_key, method) => notAsked(method),
        notification: notAsked,
        answers: {
          reply: (envelope_id, payload) => ({ envelope_id, ...(isShape(payload) ? { payload } : {}) }),
          // Unanswered it would come again.
          failure: (envelope_id) => ({ envelope_id }),
          unknownMethod: (method) => ({ message: method }),
          internalError: () => ({ message: '' }),
        },
      },
      use: [
        protocolLogin(async (line) => {
          const { type } = JSON.parse(String(await line.receive())) as { type?: string };
          if (type !== 'hello') throw new Error('This is not Slack: no hello.');
        }),
      ],
    };
  };
}

/** Slack takes requests by HTTP alone: `chat.postMessage` and others. */
function notAsked(method: string): never {
  throw new UsageError('UNSUPPORTED', { detail: 'no-replies', method });
}

function classify(message: unknown): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { type, reason, envelope_id: key, payload, accepts_response_payload: takesAnswer, ...meta } = message;
  if (type === 'hello') return { kind: 'nothing' };
  if (type === 'disconnect') {
    // `warning`: some ten seconds are left. `link_disabled`: Socket Mode was switched off.
    const goodbye = { reason: word(reason), reconnect: reason !== 'link_disabled', overlap: true };
    return { kind: 'nothing', also: { goodbye } };
  }
  if (typeof type !== 'string' || typeof key !== 'string' || key.length > 100) return { kind: 'message' };
  if (takesAnswer === true) return { kind: 'request', key, method: type, params: payload, meta };
  return { kind: 'event', name: type, payload, meta, also: { answer: { envelope_id: key } } };
}
