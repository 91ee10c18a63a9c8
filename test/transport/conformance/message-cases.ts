import { describe, expect, it } from 'vitest';
import type { SendData } from '../../../src/transport/transport.ts';
import type { Context } from './describe-transport.ts';
import { firstDifference, sampleBytes } from './sample-bytes.ts';

const MIB = 1024 * 1024;

export function messageCases(context: Context): void {
  receivingCases(context);
  sendingCases(context);
  orderCases(context);
}

function receivingCases({ connect, abilities }: Context): void {
  describe('receiving', () => {
    it('delivers every byte value of a binary message as a Uint8Array of its own', async () => {
      const message = await connect('/binary').message();
      expect(message).toBeInstanceOf(Uint8Array);
      expect(message).toEqual(sampleBytes(256));
    });

    it('delivers empty messages', async () => {
      const session = connect('/empty');
      expect([await session.message(), await session.message()]).toEqual(['', new Uint8Array(0)]);
    });

    it('puts fragments together, a Ping and an empty fragment between them', async () => {
      expect(await connect('/fragments').message()).toBe('Grüße, 世界');
    });

    if (abilities.keepsLeadingBom)
      it('keeps a leading U+FEFF', async () => {
        expect(await connect('/bom').message()).toBe('\uFEFFtext');
      });

    it('delivers a burst of 200 in order', async () => {
      const session = connect('/burst?n=200');
      for (let index = 0; index < 200; index += 1) expect(await session.message()).toBe(`message ${index}`);
    });

    it('delivers 1 MiB in one piece', async () => {
      const message = (await connect(`/big?bytes=${MIB}`).message()) as Uint8Array;
      expect(message.length).toBe(MIB);
      expect(firstDifference(message, sampleBytes(MIB))).toBe(-1);
    });

    it('answers the Ping of a server, and tells of it where it can', async () => {
      const session = connect('/ping');
      expect(await session.message()).toBe('pong:are you there?');
      // A platform's WebSocket keeps it to itself.
      expect(session.pings).toBe(session.transport.features.ping ? 1 : 0);
    });

    it('counts what arrives, an empty message too', async () => {
      const session = await connect('/echo').open();
      let before = session.transport.bytesReceived;
      for (const text of ['hello', '']) {
        session.transport.send(text);
        await session.message();
        expect(session.transport.bytesReceived).toBeGreaterThan(before);
        before = session.transport.bytesReceived;
      }
    });

    if (abilities.ping)
      it('gives every Pong bytes of its own', async () => {
        const session = await connect('/echo').open();
        session.transport.ping(new Uint8Array([1, 1]));
        const { payload } = await session.until('pong');
        session.transport.send('something else');
        await session.message();
        expect(payload).toEqual(new Uint8Array([1, 1]));
      });

    if (abilities.ping)
      it('sends a Ping with a payload, and tells the Pong', async () => {
        const session = await connect('/echo').open();
        session.transport.ping(new Uint8Array([1, 2, 3]));
        expect((await session.until('pong')).payload).toEqual(new Uint8Array([1, 2, 3]));
      });
  });
}

function sendingCases({ connect, identified, sightings }: Context): void {
  const bytes = sampleBytes(64);
  const samples: [string, SendData, string | Uint8Array][] = [
    ['a text', 'Hello', 'Hello'],
    ['an empty text', '', ''],
    ['a text of several scripts', 'Grüße, 世界 🎉', 'Grüße, 世界 🎉'],
    ['a lone surrogate, as U+FFFD', 'a\uD800b', 'a\uFFFDb'],
    ['an ArrayBuffer', bytes.slice().buffer, bytes],
    ['an empty ArrayBuffer', new ArrayBuffer(0), new Uint8Array(0)],
    ['a view with an offset', bytes.subarray(10, 20), bytes.slice(10, 20)],
    ['a DataView', new DataView(bytes.buffer, 3, 5), bytes.slice(3, 8)],
    ['a view of wider elements', new Uint16Array(bytes.buffer, 2, 4), bytes.slice(2, 10)],
    ['a Blob', new Blob(['blob ', bytes]), Uint8Array.from([...new TextEncoder().encode('blob '), ...bytes])],
    ['an empty Blob', new Blob([]), new Uint8Array(0)],
  ];

  describe('sending', () => {
    it.each(samples)('sends %s', async (_what, data, expected) => {
      const session = await connect('/echo').open();
      expect(session.transport.send(data)).toBe(true);
      expect(await session.message()).toEqual(expected);
    });

    it.each([125, 126, 65_535, 65_536, MIB])('sends %i bytes, as text and as binary', async (length) => {
      const session = await connect('/echo').open();
      session.transport.send('x'.repeat(length));
      session.transport.send(sampleBytes(length));
      expect(((await session.message()) as string) === 'x'.repeat(length)).toBe(true);
      const echoed = (await session.message()) as Uint8Array;
      expect(echoed.length).toBe(length);
      expect(firstDifference(echoed, sampleBytes(length))).toBe(-1);
    });

    it('sends the bytes as they were when send was called', async () => {
      const session = await connect('/echo').open();
      const data = new Uint8Array([1, 2, 3]);
      session.transport.send(data);
      data.fill(9);
      expect(await session.message()).toEqual(new Uint8Array([1, 2, 3]));
    });

    it('sends the bytes as they were when send was called, behind a Blob too', async () => {
      const session = await connect('/echo').open();
      const data = new Uint8Array([1, 2, 3]);
      session.transport.send(new Blob(['first']));
      session.transport.send(data);
      data.fill(9);
      await session.message();
      expect(await session.message()).toEqual(new Uint8Array([1, 2, 3]));
    });

    it.each([[5], [null], [undefined], [{}], [['a']]])('refuses what is not a message: %j', async (data) => {
      const session = await connect('/echo').open();
      expect(() => session.transport.send(data as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_DATA' }),
      );
    });

    it('takes nothing before open, while closing and after close', async () => {
      const { session, id } = identified('/echo');
      expect(session.transport.send('too early')).toBe(false);
      await session.open();
      session.transport.send('in time');
      await session.message();
      session.transport.close();
      expect(session.transport.send('too late')).toBe(false);
      await session.closed();
      expect(session.transport.send('far too late')).toBe(false);
      expect(await sightings(id)).toEqual([
        { type: 'text', text: 'in time' },
        { type: 'close', code: 1005, reason: '' },
        { type: 'end' },
      ]);
    });

    it('sends from within the callback of open and of a message', async () => {
      const session = connect('/echo');
      session.onTold = ({ type }) => {
        if (session.told.length < 4 && type !== 'close') session.transport.send(`after ${type}`);
      };
      expect([await session.message(), await session.message(), await session.message()]).toEqual([
        'after open',
        'after text',
        'after text',
      ]);
    });
  });
}

function orderCases({ connect, identified, sightings }: Context): void {
  describe('order', () => {
    it('sends 200 messages in the order of their calls', async () => {
      const session = await connect('/echo').open();
      for (let index = 0; index < 200; index += 1) session.transport.send(`message ${index}`);
      for (let index = 0; index < 200; index += 1) expect(await session.message()).toBe(`message ${index}`);
    });

    it('keeps Blobs in line with what is sent before and after them', async () => {
      const session = await connect('/echo').open();
      session.transport.send('one');
      session.transport.send(new Blob(['two']));
      session.transport.send('three');
      session.transport.send(new Blob([]));
      session.transport.send(new Blob(['four']));
      session.transport.send(new Uint8Array([5]));
      const messages = [];
      for (let index = 0; index < 6; index += 1) messages.push(await session.message());
      const decoder = new TextDecoder();
      expect(
        messages.map((message) => (typeof message === 'string' ? message : decoder.decode(message))),
      ).toEqual(['one', 'two', 'three', '', 'four', '\u0005']);
    });

    it('lets a Blob go out before the Close frame that follows it', async () => {
      const { session, id } = identified('/sink');
      await session.open();
      session.transport.send(new Blob(['last words']));
      session.transport.close(1000, 'done');
      expect((await session.closed()).wasClean).toBe(true);
      expect(await sightings(id)).toEqual([
        { type: 'binary', bytes: [...new TextEncoder().encode('last words')] },
        { type: 'close', code: 1000, reason: 'done' },
        { type: 'end' },
      ]);
    });

    it('delivers a message and the close that came in the same segment, in that order', async () => {
      const session = connect('/message-then-close');
      const closure = await session.closed();
      expect(session.types).toEqual(['open', 'text', 'close']);
      expect(session.messages).toEqual(['True']);
      expect(closure).toMatchObject({ code: 1000, wasClean: true });
    });
  });
}
