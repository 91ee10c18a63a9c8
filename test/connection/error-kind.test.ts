import { expect, it } from 'vitest';
import { AuthError, ConnectionError, UsageError } from '../../src/base/errors.ts';
import { isKind } from '../../src/connection/error-kind.ts';

it('knows an error by its brand and name', () => {
  const error = new AuthError('no');
  expect([isKind(error, 'AuthError'), isKind(error, 'ConnectionError')]).toEqual([true, false]);
  expect(isKind(new UsageError('INVALID_URL', 'no'), 'UsageError')).toBe(true);
  expect(isKind(new ConnectionError('CONNECTION_LOST', 'no'), 'ConnectionError')).toBe(true);
});

it('knows one of another copy of the package', () => {
  const foreign = Object.assign(new Error('no'), { name: 'HandshakeError', code: 'DNS' });
  Object.defineProperty(foreign, Symbol.for('holdline.error'), { value: true });
  expect(isKind(foreign, 'HandshakeError')).toBe(true);
});

it.each([
  undefined,
  null,
  'AuthError',
  { name: 'AuthError' },
  Object.assign(new Error(), { name: 'AuthError' }),
])('is not taken in by what is none of ours: %j', (value) => {
  expect(isKind(value, 'AuthError')).toBe(false);
});
