/** OpenAI's Realtime API (`wss://api.openai.com/v1/realtime?model=…`; platform.openai.com/docs). */
import { json } from 'holdline';
import { type Classified, type EnvelopeFactory, protocolLogin, type RequestKey } from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');

/** More responses at once than this are not told apart any more. */
const MAX_RESPONSES = 100;

/** What our keys begin with: what the server says of others is not ours. */
const KEY = /^hl_\d{1,15}$/;

/**
 * `request('response.create', { response })` resolves with the response when it is done, and everything that is said of it
 * (`response.output_audio.delta` and so on) is its progress. `request('session.update', { session })` resolves with the session.
 * All other events are sent by `notify('input_audio_buffer.append', { audio })`, and heard by their type.
 *
 * In Node the key is a header, `auth: bearer({ token })`; a page offers the subprotocols `realtime` and
 * `openai-insecure-api-key.<ephemeral key>`. A connection ends after 60 minutes, and a new one knows nothing of it: on a `gap`
 * say again what the conversation was.
 */
export function openAiRealtime(): EnvelopeFactory {
  return () => {
    let last = 0;
    /** Requests whose answer names none: in the order in which they were sent. */
    const updates: RequestKey[] = [];
    return {
      codec: json(),
      reader: () => {
        /** Whose response it is. */
        const responses = new Map<unknown, string>();
        return { split: (value) => [value], classify: (message) => classify(message, responses, updates) };
      },
      rpc: {
        allocate: () => `hl_${++last}`,
        request: (key, type, params) => {
          const { response, ...others } = (isShape(params) ? params : {}) as Shape;
          if (type !== 'response.create') {
            updates.push(key);
            return { ...others, type, event_id: key };
          }
          const { metadata, ...given } = (isShape(response) ? response : {}) as Shape;
          // It comes back with the response.
          const marked = { ...given, metadata: { ...(metadata as Shape), event_id: key } };
          return { ...others, type, event_id: key, response: marked };
        },
        notification: (type, params) => ({ ...(params as Shape), type }),
        cancel: () => ({ type: 'response.cancel' }),
        forget: (key) => {
          const at = updates.indexOf(key);
          if (at >= 0) updates.splice(at, 1);
        },
      },
      use: [
        protocolLogin(async (line) => {
          const { type, error } = JSON.parse(String(await line.receive())) as {
            type?: unknown;
            error?: Shape;
          };
          if (type !== 'session.created') throw new Error(`OpenAI refuses: ${error?.message ?? type}.`);
        }),
      ],
    };
  };
}

function classify(message: unknown, responses: Map<unknown, string>, updates: RequestKey[]): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { type, error, response, response_id } = message;
  if (typeof type !== 'string') return { kind: 'message' };
  if (type === 'error') return refused(isShape(error) ? error : {});
  if (type === 'session.updated' && updates[0] !== undefined)
    return { kind: 'reply', key: updates[0], result: message.session };
  const { id, metadata } = (isShape(response) ? response : {}) as Shape;
  const mark = isShape(metadata) ? metadata.event_id : undefined;
  if (type === 'response.created' && typeof mark === 'string' && KEY.test(mark)) {
    if (responses.size < MAX_RESPONSES) responses.set(id, mark);
  }
  const key = responses.get(id ?? response_id);
  if (key === undefined) return { kind: 'event', name: type, payload: message };
  if (type !== 'response.done') return { kind: 'progress', key, payload: message };
  responses.delete(id);
  return { kind: 'reply', key, result: response };
}

/** `event_id` is that of the event of ours that it is about. The connection lives on. */
function refused({ code, message, event_id: key, ...data }: Shape): Classified {
  const error = { code: word(code), message: word(message), data };
  return typeof key === 'string' && KEY.test(key)
    ? { kind: 'failure', key, error }
    : { kind: 'error', error };
}
