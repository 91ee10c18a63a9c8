import { describe, expect, it } from 'vitest';
import { HIGH_WATER_MARK_BYTES } from '../../../src/transport/high-water-mark.ts';
import type { Context } from './describe-transport.ts';
import type { Session } from './session.ts';

/** More than the socket buffers of both ends take, several times the high-water mark. */
const CHUNKS = 24;

export function pressureCases({ connect, identified, abilities }: Context): void {
  describe('pressure', () => {
    it('counts what waits, and tells drain once the server reads again', async () => {
      const { session, id } = identified('/stall');
      await session.open();
      const chunk = new Uint8Array(HIGH_WATER_MARK_BYTES);
      const { chunks = CHUNKS } = abilities;
      for (let index = 0; index < chunks; index += 1) expect(session.transport.send(chunk)).toBe(true);
      expect(session.transport.bufferedAmount).toBeGreaterThan(HIGH_WATER_MARK_BYTES);
      await connect(`/unstall?id=${id}`).message();
      await session.until('drain');
      expect(session.transport.bufferedAmount).toBeLessThanOrEqual(HIGH_WATER_MARK_BYTES);
      expect(session.types).toEqual(['open', 'drain']);
    });

    it('counts bytes of payload, and nothing once they are gone', async () => {
      const session = await connect('/echo').open();
      expect(session.transport.bufferedAmount).toBe(0);
      session.transport.send('ü');
      session.transport.send(new Uint8Array(10));
      expect(session.transport.bufferedAmount).toBe(12);
      await session.message();
      await session.message();
      expect(session.transport.bufferedAmount).toBe(0);
    });

    it('tells no drain for what never passed the mark', async () => {
      const session = await connect('/echo').open();
      session.transport.send('small');
      await session.message();
      expect(session.types).toEqual(['open', 'text']);
    });

    if (abilities.pause)
      it('pause stops the server, resume lets it go on', async () => {
        const session = await connect('/flood').open();
        await session.message();
        session.transport.pause();
        const stopped = await standstill(session);
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(session.transport.bytesReceived).toBe(stopped);
        const before = session.messages.length;
        session.transport.resume();
        while (session.messages.length < before + 100) await session.message();
      });

    it('pause and resume may be called in any state', async () => {
      const session = connect('/echo');
      session.transport.pause();
      session.transport.resume();
      await session.open();
      session.transport.resume();
      session.transport.close();
      await session.closed();
      session.transport.pause();
      session.transport.resume();
      expect(session.types).toEqual(['open', 'close']);
    });

    if (abilities.pause)
      it('a paused connection can still be closed', async () => {
        const session = await connect('/echo').open();
        session.transport.pause();
        session.transport.close(1000);
        expect(await session.closed()).toMatchObject({ code: 1000, wasClean: true });
      });
  });
}

/** Waits until nothing has arrived for a while; returns how much had. */
async function standstill(session: Session): Promise<number> {
  // An answer that was asked for before may still come, on a busy machine a while later: ten looks in a row must see nothing.
  let quiet = 0;
  for (;;) {
    const before = session.transport.bytesReceived;
    await new Promise((resolve) => setTimeout(resolve, 50));
    quiet = session.transport.bytesReceived === before ? quiet + 1 : 0;
    if (quiet === 10) return before;
  }
}
