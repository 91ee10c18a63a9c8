import { UsageError } from '../base/errors.ts';

/** The error of a client that was made without a part, or whose envelope knows nothing of it. */
export function missing(part: 'requests' | 'subscriptions' | 'handover'): UsageError {
  return new UsageError('UNSUPPORTED', { detail: 'missing-part', part, envelope: part !== 'handover' });
}
