import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { dataSize, snapshot } from '../../src/transport/send-data.ts';

const foreignBuffer = (): ArrayBuffer => runInNewContext('new Uint8Array([1, 2, 3]).buffer') as ArrayBuffer;

describe('dataSize', () => {
  it('counts bytes, of UTF-8 in a text', () => {
    expect(dataSize('é€😀')).toBe(2 + 3 + 4);
    expect(dataSize(new ArrayBuffer(5))).toBe(5);
    expect(dataSize(new Uint16Array(3))).toBe(6);
    expect(dataSize(new Blob(['é']))).toBe(2);
    expect(dataSize(foreignBuffer())).toBe(3);
  });
});

describe('snapshot', () => {
  it('copies a buffer, of another realm too', () => {
    for (const data of [Uint8Array.of(1, 2, 3).buffer, foreignBuffer()]) {
      const copy = snapshot(data) as ArrayBuffer;
      new Uint8Array(data)[0] = 9;
      expect([...new Uint8Array(copy)]).toEqual([1, 2, 3]);
    }
  });

  it('copies the part that a view shows, and no more', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const copy = snapshot(new DataView(bytes.buffer, 1, 2)) as Uint8Array;
    bytes.fill(9);
    expect([...copy]).toEqual([2, 3]);
    expect(copy.buffer.byteLength).toBe(2);
  });

  it('returns what nobody can change as it is', () => {
    const blob = new Blob(['x']);
    expect(snapshot(blob)).toBe(blob);
    expect(snapshot('text')).toBe('text');
  });
});
