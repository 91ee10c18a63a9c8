import { describe, expect, it } from 'vitest';
import { checkSendData, isArrayBuffer, isBlob } from '../../src/transport/send-data.ts';

function transferred(): ArrayBuffer {
  const buffer = new ArrayBuffer(4);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function orphan(view: ArrayBufferView<ArrayBuffer>): ArrayBufferView {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

describe('what can be sent', () => {
  it.each([
    '',
    'text',
    new ArrayBuffer(0),
    new Uint8Array(1),
    new Float64Array(1),
    new DataView(new ArrayBuffer(4)),
    new Blob(['a']),
    new File(['a'], 'name'),
  ])('takes %o', (data) => {
    expect(() => checkSendData(data)).not.toThrow();
  });

  it.each([
    undefined,
    null,
    5,
    5n,
    true,
    {},
    [],
    [1, 2],
    () => {},
    Symbol('a'),
    new Date(0),
    new SharedArrayBuffer(1),
  ])('refuses %o and says what to do', (data) => {
    expect(() => checkSendData(data as never)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        code: 'INVALID_DATA',
        message: expect.stringContaining('JSON'),
      }),
    );
  });

  it.each([
    ['a Blob without a size', { [Symbol.toStringTag]: 'Blob' }],
    ['a Blob whose size is none', { [Symbol.toStringTag]: 'File', size: Number.NaN }],
    ['an ArrayBuffer without a length', { [Symbol.toStringTag]: 'ArrayBuffer' }],
    ['a buffer that was transferred away', transferred()],
    ['a typed array over one', orphan(new Uint8Array(4))],
    ['a DataView over one', orphan(new DataView(new ArrayBuffer(4)))],
  ])('refuses %s', (_, data) => {
    expect(() => checkSendData(data as never)).toThrow(
      expect.objectContaining({ name: 'UsageError', code: 'INVALID_DATA' }),
    );
  });

  it('says so where it got a promise, as of an encode that is async', () => {
    expect(() => checkSendData(Promise.resolve('x') as never)).toThrow(
      'A promise cannot be sent. Await it before you send it; encode of a codec gives its data at once',
    );
  });

  it('knows ArrayBuffers and Blobs of another realm by their tag', () => {
    const foreign = (tag: string) => ({ [Symbol.toStringTag]: tag });
    expect(isArrayBuffer(foreign('ArrayBuffer'))).toBe(true);
    expect(isBlob(foreign('Blob'))).toBe(true);
    expect(isBlob(foreign('File'))).toBe(true);
    expect(isBlob(foreign('Map'))).toBe(false);
    expect(isArrayBuffer(new Uint8Array(1))).toBe(false);
  });
});
