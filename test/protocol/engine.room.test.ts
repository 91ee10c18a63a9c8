import { describe, expect, it } from 'vitest';
import { createHarness, openHarness } from '../tools/engine-harness.ts';
import { serverFrame } from '../tools/server-frame.ts';

describe('room for the bytes of a large message', () => {
  it('is there while one is under way and the connection is not over', () => {
    const { engine, told } = openHarness();
    expect(engine.room).toBeUndefined();
    const message = new Uint8Array(200_000).fill(7);
    const frame = serverFrame(2, message);
    engine.receive(frame, 0, 100_000);
    const room = engine.room as Uint8Array;
    expect(room.length).toBe(frame.length - 100_000);
    room.set(frame.subarray(100_000));
    engine.receive(room, 0, room.length);
    expect(told.length).toBe(1);
    expect(Buffer.compare(Buffer.from(told[0]?.[1] as Uint8Array), message)).toBe(0);
    engine.receive(frame, 0, 100_000);
    engine.close();
    expect(engine.room?.length).toBe(frame.length - 100_000);
    engine.abandon();
    expect(engine.room).toBeUndefined();
  });

  it('is not there before the handshake is over', () => {
    expect(createHarness().engine.room).toBeUndefined();
  });
});
