import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProxy } from '../../../../src/transport/tcp/dialling/proxy.ts';
import { SocksTunnel } from '../../../../src/transport/tcp/dialling/socks-tunnel.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const open = (url = 'socks5h://proxy.test', host = 'server.test', port = 443) =>
  new SocksTunnel(parseProxy(url), host, port);

const say = (tunnel: SocksTunnel, ...bytes: number[]): number[] | undefined => {
  const answer = tunnel.receive(Uint8Array.from(bytes), bytes.length);
  return answer && [...answer];
};

const text = (value: string): number[] => [...Buffer.from(value)];
const BOUND = [0, 1, 127, 0, 0, 1, 0, 80];

function faultOf(run: (tunnel: SocksTunnel) => unknown, tunnel = open()): Error {
  try {
    run(tunnel);
  } catch (error) {
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'PROXY', phase: 'proxy' });
    return error as Error;
  }
  throw new Error('no fault');
}

describe('the way through a SOCKS5 proxy', () => {
  it('for nobody in particular, golden bytes (RFC 1928)', () => {
    const tunnel = open();
    expect([...tunnel.begin()]).toEqual([5, 1, 0]);
    expect(say(tunnel, 5)).toBeUndefined();
    expect(say(tunnel, 0)).toEqual([5, 1, 0, 3, 11, ...text('server.test'), 1, 187]);
    expect(say(tunnel, 5, 0, ...BOUND.slice(0, -1))).toBeUndefined();
    expect(tunnel.isOpen).toBe(false);
    expect(say(tunnel, 80)).toBeUndefined();
    expect(tunnel.isOpen).toBe(true);
    expect(tunnel.refusal()).toBeUndefined();
  });

  it('with user and password, golden bytes (RFC 1929)', () => {
    const tunnel = open('socks5h://m%C3%A9:pw@proxy.test');
    expect([...tunnel.begin()]).toEqual([5, 2, 0, 2]);
    expect(say(tunnel, 5, 2)).toEqual([1, 3, ...text('mé'), 2, ...text('pw')]);
    expect(say(tunnel, 1, 0)?.slice(0, 5)).toEqual([5, 1, 0, 3, 11]);
  });

  it('that offers a password may be let in without', () => {
    const tunnel = open('socks5h://me:pw@proxy.test');
    expect(say(tunnel, 5, 0)?.[1]).toBe(1);
  });

  it.each([
    ['10.0.0.255', [1, 10, 0, 0, 255]],
    ['::', [4, ...Array(16).fill(0)]],
    ['::1', [4, ...Array(15).fill(0), 1]],
    ['2001:db8::ff:1', [4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 1]],
    ['1:2:3:4:5:6:7:8', [4, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['::ffff:10.0.0.1', [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]],
    ['fe80::1%eth0', [4, 0xfe, 0x80, ...Array(13).fill(0), 1]],
    ['name.test.', [3, 9, ...text('name.test')]],
  ])('asks for %s in the right form', (host, address) => {
    expect(say(open(undefined, host, 65_535), 5, 0)).toEqual([5, 1, 0, ...address, 255, 255]);
  });

  it.each([
    ['IPv4', [1, 1, 2, 3, 4]],
    ['IPv6', [4, ...Array(16).fill(1)]],
    ['a name', [3, 2, 97, 98]],
    ['an empty name', [3, 0]],
  ])('reads past the bound address: %s', (_what, address) => {
    const tunnel = open();
    say(tunnel, 5, 0);
    say(tunnel, 5, 0, 0, ...address, 1);
    expect(tunnel.isOpen).toBe(false);
    say(tunnel, 2);
    expect(tunnel.isOpen).toBe(true);
  });

  it.each([
    [1, 'general failure'],
    [2, 'rules'],
    [3, 'network'],
    [4, 'host'],
    [5, 'refused the connection'],
    [6, 'TTL'],
    [7, 'CONNECT'],
    [8, 'type of address'],
    [9, 'reply 9'],
    [255, 'reply 255'],
  ])('says what reply %i means, as soon as it is there', (reply, word) => {
    const tunnel = open();
    say(tunnel, 5, 0);
    const error = faultOf(() => say(tunnel, 5, reply), tunnel);
    expect(error.message).toContain(word);
    expect(error).toMatchObject({ received: String(reply) });
  });

  it.each([
    ['another version', [4]],
    ['HTTP', text('HTTP')],
    ['a method that was not offered', [5, 2]],
    ['a method that nobody knows', [5, 9]],
    ['more than the answer', [5, 0, 1]],
  ])('refuses %s', (_what, bytes) => {
    faultOf((tunnel) => say(tunnel, ...bytes));
  });

  it.each([
    ['none acceptable', 'socks5h://proxy.test', [5, 0xff], 'wants user and password'],
    ['none acceptable, with a password', 'socks5h://me:secret@proxy.test', [5, 0xff], 'neither'],
  ])('says so when the methods are %s', (_what, url, bytes, word) => {
    const error = faultOf((tunnel) => say(tunnel, ...bytes), open(url));
    expect(error.message).toContain(word);
    expect(error.message).not.toContain('secret');
  });

  it('says so when the password is wrong, or the answer to it is none', () => {
    const asked = () => {
      const tunnel = open('socks5h://me:secret@proxy.test');
      say(tunnel, 5, 2);
      return tunnel;
    };
    expect(faultOf((tunnel) => say(tunnel, 1, 1), asked()).message).toContain('refused user and password');
    expect(faultOf((tunnel) => say(tunnel, 5, 0), asked()).message).toContain('does not speak SOCKS5');
  });

  it('refuses a reply of another version, an address of no known type, and bytes behind it (attack 20)', () => {
    const asked = () => {
      const tunnel = open();
      say(tunnel, 5, 0);
      return tunnel;
    };
    faultOf((tunnel) => say(tunnel, 4), asked());
    faultOf((tunnel) => say(tunnel, 5, 0, 0, 2), asked());
    expect(faultOf((tunnel) => say(tunnel, 5, 0, ...BOUND, 1), asked()).message).toContain(
      'before the server',
    );
  });

  it('has no form for a name over 255 bytes', () => {
    faultOf((tunnel) => say(tunnel, 5, 0), open(undefined, `${'a'.repeat(300)}.test`));
  });

  it(
    'throws nothing but a PROXY, and does not depend on how the bytes are cut',
    () => {
      const outcome = (chunks: readonly number[][]): unknown => {
        const tunnel = open('socks5h://me:pw@proxy.test');
        const sent: number[] = [];
        try {
          for (const chunk of chunks) sent.push(...(say(tunnel, ...chunk) ?? []));
        } catch (error) {
          expect(error).toMatchObject({ code: 'PROXY' });
          return 'fault';
        }
        return [sent, tunnel.isOpen];
      };
      const step = fc.constantFrom<number[][]>(
        [5, 2],
        [5, 0],
        [1, 0],
        [5, 0, ...BOUND],
        [5, 0, 0, 3, 1, 97, 0, 0],
        [0xff],
      );
      const bytes = fc.array(
        fc.oneof({ weight: 5, arbitrary: step }, fc.array(fc.nat(255), { maxLength: 6 })),
      );
      fc.assert(
        fc.property(bytes, (chunks) => {
          const oneByOne = outcome(chunks.flat().map((byte) => [byte]));
          const asTheyCame = outcome(chunks);
          // Two answers in one chunk are a fault, though each alone were none.
          if (asTheyCame !== 'fault') expect(asTheyCame).toEqual(oneByOne);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});
