import type { Limits } from '../protocol/limits.ts';
import type { Codec } from './codec.ts';
import type { EnvelopeReader } from './envelope.ts';
import { checkAmount, type MessageLimits } from './message-limits.ts';

/**
 * The messages in what has come.
 *
 * @throws HoldlineError `BAD_MESSAGE` for more than may be in one; whatever the codec throws
 */
export function messagesIn(
  data: string | Uint8Array,
  codec: Codec,
  reader: EnvelopeReader,
  { maxMessageBytes, maxBatch }: Limits & MessageLimits,
): readonly unknown[] {
  // Not every transport has seen to that: a browser takes what comes.
  checkAmount('limits.maxMessageBytes', data.length, maxMessageBytes);
  const messages = reader.split(codec.decode(data));
  checkAmount('limits.maxBatch', messages.length, maxBatch);
  return messages;
}
