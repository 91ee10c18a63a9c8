import { expect, it } from 'vitest';
import { printHistory } from '../../src/testing/history.ts';

it('is a line a record, bytes in hexadecimal, errors by their code', () => {
  const error = Object.assign(new Error('no'), { code: 'ABORTED' });
  const text = printHistory([
    { at: 1.5, what: 'up', id: 2, detail: { bytes: new Uint8Array([1, 255]) } },
    { at: 2, what: 'settled', id: 3, detail: { error, other: new TypeError('x') } },
  ]);
  expect(text).toBe('1.500 up 2 {"bytes":"01ff"}\n2.000 settled 3 {"error":"ABORTED","other":"TypeError"}');
});
