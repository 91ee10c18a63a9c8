import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HIGH_WATER_MARK_BYTES } from '../../../src/transport/high-water-mark.ts';
import { BLOCK_BYTES, TransportMemory } from '../../../src/transport/tcp/memory.ts';
import { PooledWriter, type WritableSocket } from '../../../src/transport/tcp/pooled-writer.ts';

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

let memory: TransportMemory;
let socket: FakeSocket;
let writer: PooledWriter;
const onDrain = vi.fn();

beforeEach(() => {
  onDrain.mockClear();
  memory = new TransportMemory();
  socket = new FakeSocket();
  writer = new PooledWriter(memory, onDrain);
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
    const early = new PooledWriter(memory, onDrain);
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
    put(3 * BLOCK_BYTES, 2);
    put(10, 3);
    writer.flush();
    expect(socket.writes.map(({ length }) => length)).toEqual([10, 3 * BLOCK_BYTES, 10]);
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
    const release = vi.spyOn(memory, 'release');
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
    const other = new PooledWriter(memory, onDrain);
    other.attach(idle as unknown as WritableSocket);
    other.end();
    expect(idle.calls).toEqual(['end']);
  });

  it('writes nothing more after a failed write, and keeps its memory from others', () => {
    const release = vi.spyOn(memory, 'release');
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
});
