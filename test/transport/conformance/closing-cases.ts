import { describe, expect, it } from 'vitest';
import type { Closure } from '../../../src/protocol/closure.ts';
import type { Context } from './describe-transport.ts';

export function closingCases(context: Context): void {
  ourCloseCases(context);
  theirCloseCases(context);
  earlyCloseCases(context);
  lostLineCases(context);
}

function ourCloseCases({ connect, identified, sightings, abilities }: Context): void {
  describe('closing from this side', () => {
    it.each<[number | undefined, string | undefined]>([
      [undefined, undefined],
      [1000, undefined],
      [1000, 'bye'],
      [3000, 'registered'],
      [4999, 'x'.repeat(123)],
      [4000, 'ü'.repeat(61)],
    ])('sends the code %s and the reason %s', async (code, reason) => {
      const { session, id } = identified('/echo');
      await session.open();
      if (code === undefined) session.transport.close();
      else session.transport.close(code, reason);
      const frame = { code: code ?? 1005, reason: reason ?? '' };
      const closure = await session.closed();
      expect(closure).toMatchObject<Partial<Closure>>({ wasClean: true, sent: frame });
      expect(closure.code).toBe(frame.code);
      expect(closure.received).toEqual({ code: closure.code, reason: closure.reason });
      expect(closure.error).toBeUndefined();
      expect(await sightings(id)).toEqual([{ type: 'close', ...frame }, { type: 'end' }]);
    });

    it.each<[number | undefined, string | undefined]>([
      [0, undefined],
      [999, undefined],
      [1001, undefined],
      [1005, undefined],
      [1006, undefined],
      [2999, undefined],
      [5000, undefined],
      [1000.5, undefined],
      [1000, 'x'.repeat(124)],
      [1000, 'ü'.repeat(62)],
    ])('refuses the code %s with the reason %s, and stays open', async (code, reason) => {
      const session = await connect('/echo').open();
      expect(() => session.transport.close(code, reason)).toThrow(
        expect.objectContaining({ code: 'INVALID_CLOSE' }),
      );
      session.transport.send('still here');
      expect(await session.message()).toBe('still here');
    });

    it('closes once, with the first call’s code', async () => {
      const { session, id } = identified('/echo');
      await session.open();
      session.transport.close(4001, 'first');
      session.transport.close(4002, 'second');
      expect((await session.closed()).sent).toEqual({ code: 4001, reason: 'first' });
      session.transport.close(4003, 'third');
      expect(await sightings(id)).toEqual([{ type: 'close', code: 4001, reason: 'first' }, { type: 'end' }]);
    });

    it('sends what was handed over before', async () => {
      const { session, id } = identified('/sink');
      await session.open();
      for (let index = 0; index < 3; index += 1) session.transport.send(`message ${index}`);
      session.transport.close();
      await session.closed();
      expect((await sightings(id)).map(({ type }) => type)).toEqual(['text', 'text', 'text', 'close', 'end']);
    });

    it('closes from within the callback of open and of a message', async () => {
      for (const type of ['open', 'text']) {
        const session = connect('/push-with-101');
        session.onTold = (told) => {
          if (told.type === type) session.transport.close(1000);
        };
        expect((await session.closed()).wasClean).toBe(true);
      }
    });

    it('gives up after closeTimeout when the server does not answer', async () => {
      const session = await connect('/silent-close', { closeTimeout: 150 }).open();
      const before = performance.now();
      session.transport.close(1000, 'bye');
      const closure = await session.closed();
      expect(closure).toMatchObject<Partial<Closure>>({ code: 1006, reason: '', wasClean: false });
      expect(closure.error).toMatchObject({ code: 'CLOSE_TIMEOUT', sent: { code: 1000, reason: 'bye' } });
      expect(performance.now() - before).toBeGreaterThan(100);
    });

    it('does not wait with a closeTimeout of 0', async () => {
      const session = await connect('/silent-close', { closeTimeout: 0 }).open();
      session.transport.close();
      expect(session.types).toEqual(['open']);
      expect((await session.closed()).error?.code).toBe('CLOSE_TIMEOUT');
    });

    it('ends when both Close frames were exchanged, though the server keeps the TCP connection', async () => {
      const seen = abilities.seesCloseBeforeFin;
      const session = await connect('/close-without-fin', { closeTimeout: seen ? 30_000 : 150 }).open();
      session.transport.close(1000);
      const closure = await session.closed();
      if (seen) expect(closure).toMatchObject({ code: 1000, wasClean: true, error: undefined });
      else expect(closure).toMatchObject({ code: 1006, error: { code: 'CLOSE_TIMEOUT' } });
    });
  });
}

function theirCloseCases({ connect, identified, sightings, abilities }: Context): void {
  describe('closing from the other side', () => {
    it.each([
      [1000, ''],
      [1001, 'going away'],
      [1011, 'Fehler: ü'],
      [1012, 'restart'],
      [1013, 'try again later'],
      [3999, ''],
      [4401, 'token expired'],
    ])('tells the code %i and the reason %j', async (code, reason) => {
      const { session, id } = identified(`/close?code=${code}&reason=${encodeURIComponent(reason)}`);
      const closure = await session.closed();
      expect(session.types).toEqual(['open', 'close']);
      expect(closure).toMatchObject({ code, reason, wasClean: true, received: { code, reason } });
      expect(closure.error).toBeUndefined();
      // RFC 6455, 5.5.1: the answer typically echoes the code.
      expect((await sightings(id))[0]).toMatchObject({ type: 'close', code });
    });

    it('tells a Close frame without a body as 1005', async () => {
      const closure = await connect('/close-empty').closed();
      expect(closure).toMatchObject({ code: 1005, reason: '', wasClean: true });
      expect(closure.received).toEqual({ code: 1005, reason: '' });
    });

    it('ignores everything after the first Close frame', async () => {
      const session = connect('/close-then-data');
      const closure = await session.closed();
      expect(session.messages).toEqual(['before']);
      // Chromium calls the whole a protocol error.
      if (abilities.evidence) expect(closure).toMatchObject({ code: 4000, reason: 'first' });
    });
  });
}

function earlyCloseCases({ connect }: Context): void {
  describe('giving up', () => {
    it.each(['close', 'abandon'] as const)('%s while connecting ends in a later task', async (verb) => {
      const session = connect('/never', { handshakeTimeout: 0 });
      session.transport[verb]();
      session.transport[verb]();
      await Promise.resolve();
      expect(session.told).toEqual([]);
      const closure = await session.closed();
      expect(session.types).toEqual(['close']);
      expect(closure).toMatchObject<Partial<Closure>>({ code: 1006, reason: '', wasClean: false });
      expect(closure.error).toMatchObject({ name: 'HandshakeError', code: 'HANDSHAKE_ABORTED' });
    });

    it('never opens when it was closed at once, though the server would answer', async () => {
      const session = connect('/echo');
      session.transport.close();
      await session.closed();
      await connect('/echo').open();
      expect(session.types).toEqual(['close']);
    });

    it('abandon ends an open connection in a later task, without a handshake', async () => {
      const session = await connect('/echo').open();
      session.transport.abandon();
      expect(session.transport.send('gone')).toBe(false);
      expect(session.types).toEqual(['open']);
      const closure = await session.closed();
      expect(closure).toMatchObject<Partial<Closure>>({ code: 1006, reason: '', wasClean: false });
      expect(closure.error).toMatchObject({ name: 'ConnectionError', code: 'CONNECTION_LOST' });
    });

    it('abandon ends a connection that is closing and tells nothing that arrives afterwards', async () => {
      const session = await connect('/silent-close', { closeTimeout: 60_000 }).open();
      session.transport.close();
      session.transport.abandon();
      expect(await session.closed()).toMatchObject({ code: 1006, wasClean: false });
    });

    it('abandon within the callback of a message is the end of the messages', async () => {
      const session = connect('/burst?n=50');
      session.onTold = ({ type }) => {
        if (type === 'text') session.transport.abandon();
      };
      await session.closed();
      expect(session.types).toEqual(['open', 'text', 'close']);
    });

    it('abandon and close after the end do nothing', async () => {
      const session = connect('/close-empty');
      await session.closed();
      session.transport.abandon();
      session.transport.close();
      await connect('/echo').open();
      expect(session.types).toEqual(['open', 'close']);
    });
  });
}

function lostLineCases({ connect, abilities }: Context): void {
  describe('a line that breaks', () => {
    it.each(['/reset', '/drop'])('is told as 1006 with an error: %s', async (path) => {
      const session = await connect(path).open();
      session.transport.send('now');
      const closure = await session.closed();
      expect(session.types).toEqual(['open', 'close']);
      expect(closure).toMatchObject<Partial<Closure>>({ code: 1006, reason: '', wasClean: false });
      expect(closure.error).toMatchObject({ name: 'ConnectionError', code: 'CONNECTION_LOST' });
      expect(closure.received).toBeUndefined();
    });

    it.each([
      ['/garbage', 'PROTOCOL'],
      ['/bad-utf8', 'INVALID_PAYLOAD'],
    ])('is told as 1006 with an error when the server breaks the protocol: %s', async (path, evident) => {
      const session = connect(path);
      const closure = await session.closed();
      expect(session.types).toEqual(['open', 'close']);
      expect(closure).toMatchObject<Partial<Closure>>({ code: 1006, reason: '', wasClean: false });
      expect(closure.error?.code).toBe(
        abilities.names?.[path] ?? (abilities.evidence ? evident : 'CONNECTION_LOST'),
      );
    });
  });
}
