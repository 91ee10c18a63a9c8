import { checkRaw } from './checks.ts';
import { plain } from './codec.ts';
import type { Classified, EnvelopeFactory, EnvelopeReader } from './envelope.ts';

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
 * @throws UsageError `INVALID_OPTION` for a codec, which belongs beside it, and for anything else
 */
export function raw(codec?: never): EnvelopeFactory {
  checkRaw(codec, raw);
  const reader: EnvelopeReader = { split: (value) => [value], classify: () => MESSAGE };
  return () => ({ codec: plain(), reader: () => reader });
}
