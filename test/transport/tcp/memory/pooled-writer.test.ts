import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HIGH_WATER_MARK_BYTES } from '../../../../src/transport/high-water-mark.ts';
import {
  BLOCK_BYTES,
  FramePool,
  LARGE_BLOCK_BYTES,
} from '../../../../src/transport/tcp/memory/frame-pool.ts';
import { PooledWriter, type WritableSocket } from '../../../../src/transport/tcp/memory/pooled-writer.ts';

/** A socket that takes a write when it is told to. */
class FakeSocket {
  readonly writes: Buffer[] = [];
  readonly calls: string[] = [];
  #done: ((error?: Error) => void) | undefined;

  write = (bytes: Buffer, done?: (error?: Error) => void): boolean => {
    this.writes.push(Buffer.from(bytes));
    this.calls.push('write');
    if (done !== undefined) this.#done = done;
    return true;
  };
  cork = (): void => void this.calls.push('cork');
  uncork = (): void => void this.calls.push('uncork');
  end = (): void => void this.calls.push('end');

  /** The system has taken everything. */
  take(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}

let pool: FramePool;
let socket: FakeSocket;
let writer: PooledWriter;
const onDrain = vi.fn();

beforeEach(() => {
  onDrain.mockClear();
  pool = new FramePool();
  socket = new FakeSocket();
  writer = new PooledWriter(pool, { drained: onDrain });
  writer.attach(socket as unknown as WritableSocket);
});

/** A frame of `size` bytes, two of which are a header. */
function put(size: number, fill = 1): void {
  writer.reserve(size + 8);
  writer.memory.fill(fill, writer.offset, writer.offset + size);
  writer.commit(size, size - 2);
}

const tick = () => Promise.resolve();

describe('pooled writer', () => {
  it('writes everything of a tick once, in the same tick', async () => {
    for (let index = 0; index < 1000; index += 1) put(40, index % 256);
    expect(socket.writes).toHaveLength(0);
    await tick();
    expect(socket.writes).toHaveLength(1);
    expect(socket.bytes).toEqual(
      Buffer.concat(Array.from({ length: 1000 }, (_, index) => Buffer.alloc(40, index % 256))),
    );
  });

  it('writes at once on flush, and nothing more for that tick', async () => {
    put(10);
    writer.flush();
    writer.flush();
    await tick();
    expect(socket.writes).toHaveLength(1);
  });

  it('holds no memory once all is written: an idle connection would keep what the pool gives back', () => {
    put(10);
    expect(writer.memory.length).toBe(BLOCK_BYTES);
    writer.flush();
    expect([writer.memory.length, writer.view]).toEqual([0, undefined]);
  });

  it('collects while a write is under way, and writes the rest in one go afterwards', async () => {
    put(10, 1);
    writer.flush();
    put(10, 2);
    await tick();
    put(10, 3);
    await tick();
    expect(socket.writes).toHaveLength(1);
    socket.take();
    expect(socket.writes).toHaveLength(2);
    expect(socket.writes[1]).toEqual(Buffer.concat([Buffer.alloc(10, 2), Buffer.alloc(10, 3)]));
  });

  it('keeps what was committed until there is a socket', async () => {
    const early = new PooledWriter(pool, { drained: onDrain });
    early.reserve(4);
    early.memory.fill(7, early.offset, early.offset + 4);
    early.commit(4, 0);
    await tick();
    early.attach(socket as unknown as WritableSocket);
    early.flush();
    expect(socket.bytes).toEqual(Buffer.alloc(4, 7));
  });

  it('joins several blocks into one system call', () => {
    put(BLOCK_BYTES - 100, 1);
    put(BLOCK_BYTES - 100, 2);
    writer.flush();
    expect(socket.calls).toEqual(['cork', 'write', 'write', 'uncork']);
  });

  it('takes a frame larger than a block in one piece', () => {
    put(10, 1);
    put(2 * LARGE_BLOCK_BYTES, 2);
    put(10, 3);
    writer.flush();
    socket.take();
    socket.take();
    expect(socket.writes.map(({ length }) => length)).toEqual([10, 2 * LARGE_BLOCK_BYTES, 10]);
    expect(socket.writes.map(([first]) => first)).toEqual([1, 2, 3]);
  });

  it('writes much in steps, so that what is through counts as through', () => {
    for (let index = 0; index < 10; index += 1) put(BLOCK_BYTES - 8);
    writer.flush();
    const first = socket.bytes.length;
    expect(first).toBeLessThanOrEqual(256 * 1024);
    const before = writer.bufferedPayload;
    socket.take();
    expect(writer.bufferedPayload).toBeLessThan(before);
    while (writer.bufferedPayload > 0) socket.take();
    expect(socket.bytes.length).toBe(10 * (BLOCK_BYTES - 8));
  });

  it('counts payload from the commit until the system has taken it', () => {
    put(12);
    expect(writer.bufferedPayload).toBe(10);
    writer.flush();
    expect(writer.bufferedPayload).toBe(10);
    socket.take();
    expect(writer.bufferedPayload).toBe(0);
  });

  it('gives its blocks back when it is idle', () => {
    const release = vi.spyOn(pool, 'release');
    put(12);
    writer.flush();
    expect(release).not.toHaveBeenCalled();
    socket.take();
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('is congested above the mark, and tells drain once it is no more', () => {
    put(HIGH_WATER_MARK_BYTES);
    expect(writer.congested).toBe(false);
    put(100);
    expect(writer.congested).toBe(true);
    writer.flush();
    socket.take();
    expect(writer.congested).toBe(false);
    expect(onDrain).toHaveBeenCalledTimes(1);
    socket.take();
    put(10);
    writer.flush();
    socket.take();
    expect(onDrain).toHaveBeenCalledTimes(1);
  });

  it('ends the stream after everything, at once if there is nothing', () => {
    put(10);
    writer.flush();
    put(10);
    writer.end();
    expect(socket.calls).toEqual(['write']);
    socket.take();
    expect(socket.calls).toEqual(['write', 'write']);
    socket.take();
    expect(socket.calls).toEqual(['write', 'write', 'end']);

    const idle = new FakeSocket();
    const other = new PooledWriter(pool, { drained: onDrain });
    other.attach(idle as unknown as WritableSocket);
    other.end();
    expect(idle.calls).toEqual(['end']);
  });

  it('writes nothing more after a failed write, and keeps its memory from others', () => {
    const release = vi.spyOn(pool, 'release');
    put(10);
    writer.flush();
    socket.take(new Error('reset'));
    expect(release).not.toHaveBeenCalled();
    expect(writer.bufferedPayload).toBe(8);
  });

  it('writes nothing once discarded', async () => {
    put(10);
    writer.discard();
    await tick();
    writer.end();
    expect(socket.calls).toEqual([]);
  });

  it('gives the blocks back that a closed socket has left behind', () => {
    const release = vi.spyOn(pool, 'release');
    put(10);
    writer.flush();
    put(3 * LARGE_BLOCK_BYTES);
    put(10);
    expect(release).not.toHaveBeenCalled();
    writer.discard();
    expect(release).toHaveBeenCalledTimes(3);
    socket.take();
    expect(release).toHaveBeenCalledTimes(3);
  });
});

describe('a socket whose system takes a write at once', () => {
  /** As `net.Socket`: what was written is with the system when `write` returns; the callback comes later. */
  class QuickSocket extends FakeSocket {
    writableLength = 0;
    readonly destroyed = false;
    errored: Error | null = null;
    readonly callbacks: ((error?: Error) => void)[] = [];

    override write = (bytes: Buffer, done?: (error?: Error) => void): boolean => {
      this.writes.push(Buffer.from(bytes));
      this.calls.push('write');
      if (done !== undefined) this.callbacks.push(done);
      return true;
    };
    override take(error?: Error): void {
      this.callbacks.shift()?.(error);
    }
  }

  let quick: QuickSocket;

  beforeEach(() => {
    quick = new QuickSocket();
    writer.attach(quick as unknown as WritableSocket);
  });

  it('leaves the block free at once, and what is through is told later', () => {
    const release = vi.spyOn(pool, 'release');
    put(12);
    writer.flush();
    expect(release).toHaveBeenCalledTimes(1);
    expect(writer.bufferedPayload).toBe(10);
    put(22);
    writer.flush();
    expect(quick.writes).toHaveLength(2);
    expect(writer.bufferedPayload).toBe(30);
    quick.take();
    quick.take();
    expect(writer.bufferedPayload).toBe(0);
    expect(release).toHaveBeenCalledTimes(2);
  });

  it('takes a large message in steps from one block, before the tick ends', () => {
    const acquire = vi.spyOn(pool, 'acquire');
    for (let step = 0; step < 10; step++) {
      writer.reserve(LARGE_BLOCK_BYTES);
      writer.memory.fill(step, writer.offset, writer.offset + LARGE_BLOCK_BYTES);
      writer.commit(LARGE_BLOCK_BYTES, LARGE_BLOCK_BYTES);
    }
    expect(quick.writes).toHaveLength(9);
    writer.flush();
    expect(quick.writes.map(([first]) => first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const blocks = new Set(acquire.mock.results.map(({ value }) => value));
    expect(blocks.size).toBe(1);
    expect(writer.congested).toBe(true);
    for (let index = 0; index < 10; index++) quick.take();
    expect(writer.congested).toBe(false);
    expect(writer.bufferedPayload).toBe(0);
    expect(onDrain).toHaveBeenCalledTimes(1);
  });

  it('is waited for when it takes no more, and the order of callbacks tells which write is through', () => {
    put(12);
    writer.flush();
    quick.writableLength = 20;
    put(22);
    writer.flush();
    put(32);
    writer.flush();
    expect(quick.writes).toHaveLength(2);
    quick.take();
    expect(writer.bufferedPayload).toBe(50);
    expect(quick.writes).toHaveLength(2);
    quick.writableLength = 0;
    quick.take();
    expect(quick.writes).toHaveLength(3);
    expect(writer.bufferedPayload).toBe(30);
    quick.take();
    expect(writer.bufferedPayload).toBe(0);
  });

  it('keeps the memory of a write that failed from others', () => {
    const release = vi.spyOn(pool, 'release');
    quick.errored = new Error('reset');
    put(12);
    writer.flush();
    quick.take(quick.errored);
    expect(release).not.toHaveBeenCalled();
    expect(writer.bufferedPayload).toBe(10);
  });

  it('gets large blocks from a sender of much, and small ones again afterwards', () => {
    const acquire = vi.spyOn(pool, 'acquire');
    const room = (): number => (acquire.mock.calls.at(-1) as [number])[0];
    for (let index = 0; index < 200; index += 1) put(1024);
    writer.flush();
    put(10);
    expect(room()).toBeGreaterThan(BLOCK_BYTES);
    writer.flush();
    put(10);
    expect(room()).toBeLessThan(BLOCK_BYTES);
  });
});
