import { expect, it } from 'vitest';
import { checkPollingRequest } from '../../../src/transport/polling/checks.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';

const request = (changes: Partial<TransportRequest>): TransportRequest =>
  ({ protocols: [], headers: [], ...changes }) as unknown as TransportRequest;

it('refuses what fetch would drop without a word, or take for something else', () => {
  const fault = (changes: Partial<TransportRequest>, hasAccept = false): string | undefined => {
    try {
      checkPollingRequest(request(changes), hasAccept);
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(fault({})).toBeUndefined();
  expect(fault({ headers: [['Host', 'x']] })).toBe('INVALID_HEADER');
  expect(fault({ protocols: ['a b'] })).toBe('INVALID_SUBPROTOCOL');
  expect(fault({ protocols: ['a'] })).toBe('UNSUPPORTED');
  expect(fault({ protocols: ['a'] }, true)).toBeUndefined();
});
