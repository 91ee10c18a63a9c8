import { expect, it } from 'vitest';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';
import { FrameEncoder } from '../../src/protocol/frame-writing.ts';
import { maskInPlace } from '../../src/protocol/mask.ts';
import { MessageSender } from '../../src/protocol/message-sender.ts';
import type { Deflater } from '../../src/protocol/ports.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { readClientFrames } from '../tools/client-frame.ts';
import { concat, sampleRandom } from '../tools/engine-harness.ts';

/** "Deflates" to the first byte and the tail of a flush; to nothing what is empty. Writes down what it is told to do. */
class FirstByteDeflater implements Deflater {
  readonly calls: string[] = [];

  deflate(bytes: Uint8Array): Uint8Array {
    this.calls.push('deflate');
    return bytes.length === 0 ? bytes : Uint8Array.of(bytes[0] as number, 0, 0, 0xff, 0xff);
  }

  reset(): void {
    this.calls.push('reset');
  }

  release(): void {
    this.calls.push('release');
  }
}

function bench(options: { takeover?: boolean; threshold?: number } = {}) {
  const writer = new ArrayWriter();
  const ports = { writer, codec: createTextCodec(), mask: maskInPlace, random: sampleRandom() };
  const sender = new MessageSender(new FrameEncoder(ports));
  const made: FirstByteDeflater[] = [];
  const create = (): Deflater => {
    const deflater = new FirstByteDeflater();
    made.push(deflater);
    return deflater;
  };
  sender.compressWith({ create, takeover: true, threshold: 0, ...options });
  const frames = () =>
    readClientFrames(concat(...writer.take()), true).map(({ rsv1, payload }) => [rsv1, ...payload]);
  return { sender, made, frames };
}

it('asks for a deflater when the first message is to be compressed, and once', () => {
  const { sender, made, frames } = bench({ threshold: 3 });
  sender.send('ab', undefined);
  expect(made).toHaveLength(0);
  sender.send('abc', undefined);
  sender.send('abd', undefined);
  expect(made).toHaveLength(1);
  expect(frames()).toEqual([
    [false, 97, 98],
    [true, 97],
    [true, 97],
  ]);
});

it('cuts the tail off the last fragment alone, and writes an empty block for an end without data (#97)', () => {
  const { sender, frames } = bench();
  sender.sendFragment('ab', false, undefined);
  sender.sendFragment('cd', false, undefined);
  sender.sendFragment('', false, undefined);
  sender.sendFragment('', true, undefined);
  sender.sendFragment('e', true, undefined);
  expect(frames()).toEqual([
    [true, 97, 0, 0, 255, 255],
    [false, 99, 0, 0, 255, 255],
    [false],
    [false, 0],
    [true, 101],
  ]);
});

it('makes the deflater forget after each message only where that was agreed on (#97)', () => {
  const forgetful = bench({ takeover: false });
  const keeping = bench();
  for (const { sender } of [forgetful, keeping]) {
    sender.send('abc', undefined);
    sender.sendFragment('abc', false, undefined);
    sender.sendFragment('abc', true, undefined);
  }
  expect(forgetful.made[0]?.calls).toEqual(['deflate', 'reset', 'deflate', 'deflate', 'reset']);
  expect(keeping.made[0]?.calls).toEqual(['deflate', 'deflate', 'deflate']);
});

it('makes it forget a message that went out plain, since that would not have been shorter (#97)', () => {
  const { sender, made, frames } = bench();
  sender.send('a', undefined);
  sender.send('', undefined);
  expect(frames()).toEqual([[false, 97], [false]]);
  expect(made[0]?.calls).toEqual(['deflate', 'reset', 'deflate', 'reset']);
});

it('releases the deflater, once', () => {
  const { sender, made } = bench();
  sender.release();
  sender.send('abc', undefined);
  sender.release();
  sender.release();
  expect(made.map(({ calls }) => calls)).toEqual([['deflate', 'release']]);
});

it('cuts what is longer than a frame may be, text inside a character too, and compressed data behind one RSV1', () => {
  const plain = bench({ threshold: Number.POSITIVE_INFINITY });
  plain.sender.cutAt(2);
  plain.sender.send('ab€', undefined);
  plain.sender.send('c', undefined);
  plain.sender.send(Uint8Array.of(1, 2, 3), undefined);
  expect(plain.frames()).toEqual([
    [false, 97, 98],
    [false, 0xe2, 0x82],
    [false, 0xac],
    [false, 99],
    [false, 1, 2],
    [false, 3],
  ]);
  const small = bench();
  small.sender.cutAt(1);
  small.sender.send('abcdef', undefined);
  expect(small.frames()).toEqual([[true, 97]]);
});
