import { UsageError } from '../base/errors.ts';

/**
 * Refuses an option that is there and no function.
 *
 * @param owner - the function that the option belongs to
 * @throws UsageError `INVALID_OPTION`
 */
export function needFunction(owner: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new UsageError('INVALID_OPTION', { option: name, owner, expected: 'a function' });
}
