import { afterEach, describe, expect, inject, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import type { TracedFrame } from '../../../src/protocol/trace.ts';
import { type TcpOptions, tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { Session } from '../conformance/session.ts';

const url = inject('conformanceUrl');
const sessions: Session[] = [];

afterEach(() => Promise.all(sessions.splice(0).map((session) => session.finish())));

function connect(path: string, options: TcpOptions = {}, changes: Partial<TransportRequest> = {}): Session {
  const session = new Session(tcpTransport(options), url + path, changes);
  sessions.push(session);
  return session;
}

async function sentHeaders(
  options: TcpOptions,
  changes?: Partial<TransportRequest>,
): Promise<[string, string][]> {
  const raw = JSON.parse((await connect('/headers', options, changes).message()) as string) as string[];
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] as string]] : []));
}

describe('TCP transport', () => {
  it('sends the handshake’s fields first, in the spelling of RFC 6455, and nothing unasked', async () => {
    const names = (await sentHeaders({})).map(([name]) => name);
    const own = ['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version'];
    expect(names).toEqual([...own, 'Sec-WebSocket-Extensions']);
    expect((await sentHeaders({ compression: false })).map(([name]) => name)).toEqual(own);
  });

  it('adds the origin and the headers of the options and of the request', async () => {
    const headers = await sentHeaders(
      { origin: 'https://page.test', headers: { Cookie: 'a=1', 'X-Common': 'yes' } },
      { headers: [['cookie', 'b=2']] },
    );
    expect(headers.slice(6)).toEqual([
      ['Origin', 'https://page.test'],
      ['X-Common', 'yes'],
      ['cookie', 'b=2'],
    ]);
  });

  it('sends user and password of the URL as basic auth, and never in the request line', async () => {
    const session = new Session(tcpTransport(), `${url.replace('ws://', 'ws://me:pass@')}/headers`);
    sessions.push(session);
    expect(await session.message()).toContain('"Authorization","Basic bWU6cGFzcw=="');
  });

  it('refuses a bad header of the options before it connects', () => {
    expect(() => connect('/echo', { headers: { 'X-Bad': 'a\r\nb' } })).toThrow(
      expect.objectContaining({ code: 'INVALID_HEADER' }),
    );
  });

  it.each([-1, 1.5, Number.NaN, '3', true])('refuses %j redirects at once', (redirects) => {
    expect(() => tcpTransport({ redirects: redirects as number })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('redirects') }),
    );
  });

  it('obeys the limits: a larger message ends the connection with 1009', async () => {
    const limits = { ...DEFAULT_LIMITS, maxMessageBytes: 1000 };
    const session = connect('/big?bytes=1001', {}, { limits });
    expect((await session.closed()).error).toMatchObject({
      code: 'MESSAGE_TOO_BIG',
      closeCode: 1009,
      limit: 1000,
      size: 1001,
    });
  });

  it('shows every frame in both directions to a tracer', async () => {
    const frames: string[] = [];
    const trace = ({ direction, opcode, fin, payload }: TracedFrame) =>
      frames.push(`${direction} ${opcode} ${fin} ${new TextDecoder().decode(payload)}`);
    const session = await connect('/echo', {}, { trace }).open();
    session.transport.send('hello');
    await session.message();
    session.transport.close();
    await session.closed();
    expect(frames).toEqual(['out 1 true hello', 'in 1 true hello', 'out 8 true ', 'in 8 true ']);
  });

  it('draws keys from the random source of the request', async () => {
    const fills: number[] = [];
    const random = {
      uniform: () => 0,
      fill: (target: Uint8Array) => {
        fills.push(target.length);
        target.fill(1);
      },
    };
    const session = await connect('/echo', {}, { random }).open();
    session.transport.send('hello');
    expect(await session.message()).toBe('hello');
    expect(fills[0]).toBe(16);
    expect(fills.length).toBeGreaterThan(1);
  });
});
