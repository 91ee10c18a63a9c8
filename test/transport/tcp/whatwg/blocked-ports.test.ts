import { describe, expect, it } from 'vitest';
import { isBlockedPort } from '../../../../src/transport/tcp/whatwg/blocked-ports.ts';

describe('blocked ports (#106)', () => {
  it.each([0, 1, 7, 21, 22, 25, 53, 110, 143, 587, 993, 2049, 5060, 6000, 6667, 6697, 10080])(
    'holds %i',
    (port) => {
      expect(isBlockedPort(port)).toBe(true);
    },
  );

  it.each([2, 80, 81, 443, 1024, 3000, 5000, 6001, 8000, 8080, 8443, 9000, 10081, 65535])(
    'not %i',
    (port) => {
      expect(isBlockedPort(port)).toBe(false);
    },
  );

  it('are 83: no more and no fewer than in the Fetch standard', () => {
    const ports = Array.from({ length: 65_536 }, (_, port) => port).filter(isBlockedPort);
    expect(ports).toHaveLength(83);
  });
});
