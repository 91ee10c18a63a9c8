/** Kernels of Jupyter (jupyter-client.readthedocs.io, "Messaging"; measured on jupyter-server 1.23, text frames). */
import { json } from 'holdline';
import type { Classified, EnvelopeFactory, EnvelopeReader } from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');

/** Requests under way, and what they still wait for. */
type Pending = Map<unknown, { reply?: Classified; isIdle: boolean }>;

/** The server's questions whose answers are still owed, at most. */
const MAX_ASKED = 100;

/**
 * `request('execute_request', { code, … })` resolves with the content of its reply when all of its outputs have come; these are
 * its progress: `{ type: 'stream', content }`. `handle('input_request', …)` answers `input()`: return the text. What other
 * clients of the kernel do comes as events by their type.
 *
 * The kernel is made by HTTP (`POST /api/kernels`), the token is a parameter of the query: `auth: queryToken({ token })`.
 *
 * @param session - who we are to the kernel: some unique text
 */
export function jupyter(session: string): EnvelopeFactory {
  return () => {
    let last = 0;
    const pending: Pending = new Map();
    const asked = new Map<unknown, unknown>();
    const message = (
      channel: string,
      msg_type: string,
      msg_id: string,
      content: unknown,
      parent: unknown,
    ) => ({
      channel,
      header: { msg_id, msg_type, session, username: '', date: new Date().toISOString(), version: '5.3' },
      parent_header: parent,
      metadata: {},
      content: content ?? {},
      buffers: [],
    });
    return {
      codec: json(),
      reader: () => new Reader(pending, asked),
      rpc: {
        allocate: () => `${session}-${++last}`,
        // `meta` is the channel: `control` for what must not wait behind other code.
        request: (key, type, content, meta) => {
          pending.set(key, { isIdle: false });
          return message(String(meta ?? 'shell'), type, String(key), content, {});
        },
        notification: (type, content, meta) =>
          message(String(meta ?? 'shell'), type, `${session}-${++last}`, content, {}),
        forget: (key) => void pending.delete(key),
        answers: {
          reply: (key, value) => {
            const parent = asked.get(key);
            asked.delete(key);
            return message('stdin', 'input_reply', `${session}-${++last}`, { value: String(value) }, parent);
          },
          failure: (key) => {
            const parent = asked.get(key);
            asked.delete(key);
            return message('stdin', 'input_reply', `${session}-${++last}`, { value: '' }, parent);
          },
          unknownMethod: (method) => ({ message: method }),
          internalError: () => ({ message: 'no answer' }),
        },
      },
    };
  };
}

class Reader implements EnvelopeReader {
  readonly #pending: Pending;
  readonly #asked: Map<unknown, unknown>;

  constructor(pending: Pending, asked: Map<unknown, unknown>) {
    this.#pending = pending;
    this.#asked = asked;
  }

  split(value: unknown): readonly unknown[] {
    return [value];
  }

  classify(message: unknown): Classified {
    if (!isShape(message) || !isShape(message.header)) return { kind: 'message' };
    const { header, parent_header: parent, content, channel } = message;
    const { msg_type: type, msg_id: id } = header;
    if (typeof type !== 'string') return { kind: 'message' };
    const key = isShape(parent) ? parent.msg_id : undefined;
    if (type === 'input_request') {
      if (typeof id !== 'string' || id.length > 100 || this.#asked.size >= MAX_ASKED)
        return { kind: 'message' };
      this.#asked.set(id, header);
      return { kind: 'request', key: id, method: type, params: content };
    }
    const request = this.#pending.get(key);
    if (request === undefined || typeof key !== 'string')
      return { kind: 'event', name: type, payload: content, meta: channel };
    if (type === 'status') {
      const { execution_state: state } = (isShape(content) ? content : {}) as Shape;
      if (state !== 'idle') return { kind: 'progress', key, payload: { type, content } };
      // The reply may overtake outputs: only both together are the end.
      request.isIdle = true;
      return request.reply ?? { kind: 'progress', key, payload: { type, content } };
    }
    if (!type.endsWith('_reply')) return { kind: 'progress', key, payload: { type, content } };
    request.reply = replyOf(key, isShape(content) ? content : {});
    return request.isIdle ? request.reply : { kind: 'nothing' };
  }
}

function replyOf(key: string, content: Shape): Classified {
  if (content.status !== 'error' && content.status !== 'aborted')
    return { kind: 'reply', key, result: content };
  const { ename, evalue } = content;
  return {
    kind: 'failure',
    key,
    error: { code: word(ename ?? content.status), message: word(evalue), data: content },
  };
}
