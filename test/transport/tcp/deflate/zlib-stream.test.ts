import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UNUSED_BUFFER, ZlibStream } from '../../../../src/transport/tcp/deflate/zlib-stream.ts';
import { hex } from '../../../tools/engine-harness.ts';

const HELLO = hex('f2 48 cd c9 c9 07 00 00 00 ff ff');

function take(change: (stream: zlib.InflateRaw) => void = () => {}, isRight = true) {
  const stream = zlib.createInflateRaw(UNUSED_BUFFER);
  change(stream);
  return { stream, taken: ZlibStream.take(zlib, stream, HELLO, (result) => isRight && result.length === 5) };
}

/** Replaces a part of what a stream rests on. */
function without(part: '_handle' | '_writeState', value: unknown): (stream: zlib.InflateRaw) => void {
  return (stream) => void Object.defineProperty(stream, part, { value });
}

describe('a zlib stream driven by hand', () => {
  it('inflates in the call that asks for it, and tells what is left of both sides', () => {
    const { taken } = take();
    const output = new Uint8Array(10);
    taken?.feed(HELLO, 0, HELLO.length);
    expect(taken?.run(output, 2, 5)).toBe(true);
    expect([taken?.roomLeft, Buffer.from(output.subarray(0, 5)).toString()]).toEqual([0, '\0\0Hel']);
    expect(taken?.run(output, 5)).toBe(true);
    expect([taken?.roomLeft, taken?.inputLeft, Buffer.from(output.subarray(5, 7)).toString()]).toEqual([
      3,
      0,
      'lo',
    ]);
    taken?.release();
  });

  it('says of bad data that it is bad, without an error event (attack 4)', async () => {
    const { stream, taken } = take();
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    taken?.feed(hex('07'), 0, 1);
    expect(taken?.run(new Uint8Array(10), 0)).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([]);
    expect(stream.destroyed).toBe(false);
    taken?.release();
  });

  it('gives the memory back', async () => {
    const { stream, taken } = take();
    const closed = new Promise((resolve) => stream.once('close', resolve));
    taken?.release();
    await closed;
  });

  it.each([
    ['no handle', without('_handle', undefined)],
    ['a handle that cannot work at once', without('_handle', {})],
    [
      'a handle that throws',
      without('_handle', {
        writeSync: () => {
          throw new Error('no');
        },
        reset: () => {},
      }),
    ],
    ['a handle that does nothing', without('_handle', { writeSync: () => {}, reset: () => {} })],
    ['no state', without('_writeState', undefined)],
  ])('is not taken with %s', (_, change) => {
    let isClosed = false;
    const { taken } = take((stream) => {
      change(stream);
      const { close } = stream;
      stream.close = () => {
        isClosed = true;
        if ((stream as { _handle?: { close?: unknown } })._handle?.close !== undefined) close.call(stream);
      };
    });
    expect(taken).toBeUndefined();
    expect(isClosed).toBe(true);
  });

  it('is not taken if the sample does not become what it should', () => {
    expect(take(undefined, false).taken).toBeUndefined();
  });
});
