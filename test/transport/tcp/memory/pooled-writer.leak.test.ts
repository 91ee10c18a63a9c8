// Blocks are used again and never cleared: whatever is sent, by however many connections and over sockets of any mood,
// each must see its own frames and nothing else.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/base/random.ts';
import { FrameEncoder } from '../../../../src/protocol/frame-writing.ts';
import { Opcode } from '../../../../src/protocol/opcode.ts';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { TransportMemory } from '../../../../src/transport/tcp/memory/memory.ts';
import { PooledWriter, type WritableSocket } from '../../../../src/transport/tcp/memory/pooled-writer.ts';
import { readClientFrames } from '../../../tools/client-frame.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

/** Takes writes at once or later. What it takes later it reads later, as a system does that has no room. */
class MoodySocket {
  isQuick = true;
  readonly destroyed = false;
  readonly errored = null;
  readonly taken: Buffer[] = [];
  readonly #waiting: [bytes: Buffer, done: (() => void) | undefined][] = [];
  #callbacks: (() => void)[] = [];

  get writableLength(): number {
    return this.#waiting.length;
  }

  write(bytes: Buffer, done?: () => void): boolean {
    if (!this.isQuick || this.#waiting.length > 0) {
      this.#waiting.push([bytes, done]);
    } else {
      this.taken.push(Buffer.from(bytes));
      if (done !== undefined) this.#callbacks.push(done);
    }
    return true;
  }

  cork(): void {}
  uncork(): void {}

  /** Node's next turn: what was taken at once is told, then one write that waited. */
  turn(): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
    const [bytes, done] = this.#waiting.shift() ?? [];
    if (bytes !== undefined) this.taken.push(Buffer.from(bytes));
    done?.();
  }
}

/** One sender: what it sent, and what its socket saw. */
function createSender(memory: TransportMemory) {
  const socket = new MoodySocket();
  const writer = new PooledWriter(memory.frames, { drained: () => {} });
  writer.attach(socket as unknown as WritableSocket);
  const { codec } = memory;
  const encoder = new FrameEncoder({ writer, codec, mask: memory.frames.mask, random: systemRandom });
  return { socket, writer, encoder, sent: [] as Buffer[] };
}

const step = fc.record({
  sender: fc.nat(2),
  // 0: a short text; 1: a longer one, two bytes a character; 2: bytes; 3: a moody socket; 4: a turn; 5: a flush
  kind: fc.nat(5),
  size: fc.oneof(fc.nat(40), fc.nat(3_000), fc.nat(70_000), fc.nat(900_000)),
});

describe('frames in blocks that are used again', () => {
  it(
    'hold nothing of an older message, and none of another connection',
    () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const memory = new TransportMemory();
          memory.frames.enter(createVirtualClock());
          const senders = [createSender(memory), createSender(memory), createSender(memory)];
          for (const [index, { sender, kind, size }] of steps.entries()) {
            const { socket, writer, encoder, sent } = senders[sender] as (typeof senders)[0];
            if (kind === 3) socket.isQuick = size % 2 === 0;
            else if (kind === 4) socket.turn();
            else if (kind === 5) writer.flush();
            else if (kind === 2) {
              const bytes = Buffer.alloc(size, index + 1);
              encoder.writeBytes(Opcode.binary, true, bytes);
              sent.push(Buffer.from(bytes));
              bytes.fill(0); // the caller's again
            } else {
              const text = String.fromCharCode(kind === 0 ? 65 + index : 0x100 + index).repeat(size);
              encoder.writeMessage(text);
              sent.push(Buffer.from(text));
            }
          }
          for (const { socket, writer, sent } of senders) {
            writer.flush();
            while (writer.bufferedPayload > 0 || socket.writableLength > 0) socket.turn();
            const got = readClientFrames(Buffer.concat(socket.taken));
            expect(got.length).toBe(sent.length);
            expect(
              got.every(({ payload }, index) => Buffer.compare(payload, sent[index] as Buffer) === 0),
            ).toBe(true);
          }
        }),
        { numRuns: Math.ceil(PROPERTY_RUNS / 20) },
      );
    },
    PROPERTY_TIMEOUT,
  );
});
