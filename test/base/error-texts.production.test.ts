import { expect, it } from 'vitest';
import { errorText } from '../../src/base/error-texts.production.ts';
import { errorSamples } from '../docs/errors.ts';

it('says code, detail and evidence, and where they are explained', () => {
  expect(errorText('CLOSE_TIMEOUT', { detail: 'server', timeout: 7 })).toBe(
    'CLOSE_TIMEOUT (server): {"timeout":7}. See docs/reference/errors.md#close_timeout of holdline.',
  );
  expect(errorText('OUTBOX_REPLACED', {})).toBe(
    'OUTBOX_REPLACED. See docs/reference/errors.md#outbox_replaced of holdline.',
  );
});

it('takes a message of the evidence before all', () => {
  expect(errorText('CLOSE_TIMEOUT', { detail: 'server', message: 'my own' })).toBe('my own');
});

it.each(errorSamples())('needs no text for $code $detail', ({ code, detail }) => {
  expect(errorText(code as never, { detail })).toContain(`${code} (${detail})`);
});
