import { describe, expect, it } from 'vitest';
import { type HandshakeError, isHoldlineError } from '../../../src/base/errors.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import type { Context } from './describe-transport.ts';
import type { Session } from './session.ts';

export function openingCases(context: Context): void {
  acceptedCases(context);
  refusedCases(context);
  badArgumentCases(context);
}

function acceptedCases({ connect, connectTo, serverUrl, abilities }: Context): void {
  describe('opening', () => {
    it('tells open once, first, with what the server agreed to', async () => {
      const session = connect('/echo');
      expect(session.told).toEqual([]);
      const { info } = await session.until('open');
      expect(info).toMatchObject({ protocol: '', extensions: '' });
      // A platform's WebSocket shows no headers.
      expect(info.headers?.get('upgrade') ?? 'websocket').toBe('websocket');
    });

    if (abilities.subprotocols !== false)
      it('offers subprotocols in order and tells the one chosen', async () => {
        const session = connect('/subprotocol', { protocols: ['chat.v1', 'chat.v2'] });
        expect((await session.until('open')).info.protocol).toBe('chat.v2');
        expect(await session.message()).toBe('chat.v2');
      });

    it('delivers a message that came in the same segment as the answer, after open', async () => {
      const session = connect('/push-with-101');
      expect(await session.message()).toBe('first');
      expect(session.types).toEqual(['open', 'text']);
    });

    it('takes http: for ws:', async () => {
      const session = connectTo(`${serverUrl.replace('ws:', 'http:')}/push-with-101`);
      expect(await session.message()).toBe('first');
    });

    if (abilities.headers)
      it('adds header fields to the request, repeated ones too', async () => {
        const headers = [
          ['X-Colour', 'blue'],
          ['X-Colour', 'green'],
        ] as const;
        const raw = JSON.parse((await connect('/headers', { headers }).message()) as string) as string[];
        const values = raw.filter((_, index) => raw[index - 1]?.toLowerCase() === 'x-colour');
        expect(values.join(', ')).toBe('blue, green');
      });
  });
}

async function refusal(session: Session): Promise<HandshakeError> {
  const closure = await session.closed();
  expect(session.types).toEqual(['close']);
  expect(closure).toMatchObject<Partial<Closure>>({ code: 1006, reason: '', wasClean: false });
  const error = closure.error as HandshakeError;
  expect(error.name).toBe('HandshakeError');
  const shown = `${error.stack} ${(error.cause as Error | undefined)?.message}`;
  expect(shown).not.toContain('secret');
  return error;
}

function refusedCases({ connect, connectTo, abilities, serverUrl }: Context): void {
  const code = (evident: string): string => (abilities.evidence ? evident : 'HANDSHAKE_OPAQUE');

  describe('a handshake that fails', () => {
    it.each([401, 404, 503])('is told with its evidence: status %i', async (status) => {
      const error = await refusal(connect(`/refuse?status=${status}&token=secret`));
      expect(error.code).toBe(code('HANDSHAKE_STATUS'));
      if (!abilities.evidence) return;
      expect(error).toMatchObject({ status, statusText: 'Because', phase: 'http', retryAfter: 7000 });
      expect(error.body).toBe(`Refused with ${status}.`);
      expect(error.headers?.get('content-type')).toBe('text/plain');
    });

    it.each([
      ['/plain-200', 'HANDSHAKE_STATUS'],
      ['/wrong-accept', 'HANDSHAKE_ACCEPT'],
      ['/reset-handshake', 'HANDSHAKE_CLOSED'],
      ['/end-handshake', 'HANDSHAKE_CLOSED'],
      ['/garbage-head', 'HANDSHAKE_MALFORMED'],
    ])('is told: %s', async (path, evident) => {
      const error = await refusal(connect(`${path}?token=secret`));
      expect(error.code).toBe(abilities.names?.[path] ?? code(evident));
    });

    if (abilities.subprotocols !== false && abilities.survivesForeignSubprotocol)
      it('is told: a subprotocol that was not offered', async () => {
        const error = await refusal(connect('/foreign-subprotocol?token=secret'));
        expect(error.code).toBe(code('HANDSHAKE_PROTOCOL'));
      });

    it.each(['/never', '/drip'])('is cut off by the deadline: %s', async (path) => {
      const error = await refusal(connect(`${path}?token=secret`, { handshakeTimeout: 150 }));
      expect(error.code).toBe('TIMEOUT');
    });

    it('is told: a port on which nobody listens', async () => {
      const port = await connect('/closed-port').message();
      const url = new URL('/?token=secret', serverUrl);
      url.port = port as string;
      expect((await refusal(connectTo(url.href))).code).toBe(abilities.faults?.refused ?? code('CONNECT'));
    });

    it('is told: a host that does not exist', async () => {
      const error = await refusal(connectTo('ws://host.invalid/?token=secret'));
      expect(error.code).toBe(abilities.faults?.unknown ?? code('DNS'));
    });
  });
}

function badArgumentCases({ connect, connectTo, abilities }: Context): void {
  const fault = (start: () => unknown): string | undefined => {
    try {
      start();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).not.toContain('secret');
      return isHoldlineError(error) ? error.code : undefined;
    }
    return 'nothing thrown';
  };

  describe('a bad argument is thrown at once', () => {
    it.each([
      '',
      'echo?secret',
      '/echo?secret',
      'ftp://host/?secret',
      'ws://',
      'ws://host/?secret#part',
      'ws://host:99999/',
    ])('URL %j', (url) => {
      expect(fault(() => connectTo(url))).toBe('INVALID_URL');
    });

    it.each([[['a', 'a']], [['']], [['a b']], [['a\r\nX: y']], [['ü']]])('subprotocols %j', (protocols) => {
      expect(fault(() => connect('/echo', { protocols }))).toBe('INVALID_SUBPROTOCOL');
    });

    it.each([
      [['X-Bad', 'secret\r\nX-More: 1']],
      [['X-Bad', 'secret\u0000']],
      [['X Bad', 'secret']],
      [['Host', 'secret']],
      [['sec-websocket-key', 'secret']],
    ] as const)('header %#', (header) => {
      expect(fault(() => connect('/echo', { headers: [header] }))).toBe(
        abilities.headers ? 'INVALID_HEADER' : 'UNSUPPORTED',
      );
    });
  });
}
