import { plain } from './codec.ts';
import type { Classified, EnvelopeFactory } from './envelope.ts';

const MESSAGE: Classified = /* @__PURE__ */ Object.freeze({ kind: 'message' });

/**
 * No envelope: every message is a message. `client.send` and `on('message')` carry strings and bytes as they are, or
 * what the `codec` makes of them.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'ws://127.0.0.1:8000', envelope: raw() });
 * client.on('message', (text) => console.log(text));
 * await client.send('Hello');
 * ```
 */
export function raw(): EnvelopeFactory {
  return () => ({
    codec: plain(),
    split: (value) => [value],
    classify: () => MESSAGE,
  });
}
