import { UsageError } from '../base/errors.ts';

/** The error of a client that was made without a part, or whose envelope knows nothing of it. */
export function missing(part: 'requests' | 'subscriptions' | 'handover'): UsageError {
  const envelope = part === 'handover' ? '' : ', with an envelope that knows them, such as jsonRpc()';
  return new UsageError(
    'UNSUPPORTED',
    `This client has no ${part}. Use createClient(…), or createSlimClient({ ${part}: ${part}() })${envelope}.`,
  );
}
