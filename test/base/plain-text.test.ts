import { expect, it } from 'vitest';
import { plainText } from '../../src/base/plain-text.ts';

const facts = (evidence: Parameters<typeof plainText>[1]): string =>
  plainText('TLS', evidence).replace(' See docs/reference/errors.md#tls of holdline.', '');

it('shows facts that can be read', () => {
  expect(facts({ host: 'a:443', timeout: 7, ok: true })).toBe('TLS: {"host":"a:443","timeout":7,"ok":true}.');
});

it('shows neither objects nor the cause, nor what a server said at length (promise 9)', () => {
  const secret = 'hunter2';
  expect(
    facts({
      headers: new Map([['a', secret]]),
      received: { code: 1, reason: secret },
      body: secret,
      cause: secret,
    }),
  ).toBe('TLS.');
});

it('is short and printable, whatever the evidence holds', () => {
  const text = facts({ received: `\u001b[2J\u009b${'x'.repeat(500)}` });
  expect(text).toMatch(/^[ -~]{1,120}$/);
});
