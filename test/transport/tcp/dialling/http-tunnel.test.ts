import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HandshakeError } from '../../../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../../../src/protocol/limits.ts';
import { HttpTunnel } from '../../../../src/transport/tcp/dialling/http-tunnel.ts';
import { parseProxy } from '../../../../src/transport/tcp/dialling/proxy.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const open = (proxy: Parameters<typeof parseProxy>[0] = 'http://proxy.test:3128', limits = {}) =>
  new HttpTunnel(parseProxy(proxy), 'server.test:443', { ...DEFAULT_LIMITS, ...limits });

const say = (tunnel: HttpTunnel, text: string): unknown => {
  const bytes = Buffer.from(text, 'latin1');
  return tunnel.receive(bytes, bytes.length);
};

const request = (tunnel: HttpTunnel): string => Buffer.from(tunnel.begin()).toString('latin1');

function refusalOf(text: string, limits = {}): HandshakeError {
  try {
    say(open(undefined, limits), text);
  } catch (error) {
    return error as HandshakeError;
  }
  throw new Error('not refused');
}

describe('the way through an HTTP proxy', () => {
  it('is asked for in one block, golden bytes (#6)', () => {
    expect(request(open())).toBe('CONNECT server.test:443 HTTP/1.1\r\nHost: server.test:443\r\n\r\n');
    expect(request(open({ url: 'http://me:@proxy.test', headers: { 'X-A': '1' } }))).toBe(
      'CONNECT server.test:443 HTTP/1.1\r\nHost: server.test:443\r\nProxy-Authorization: Basic bWU6\r\nX-A: 1\r\n\r\n',
    );
  });

  it('takes an authorization of the caller’s in place of the URL’s', () => {
    const text = request(
      open({ url: 'http://:x@proxy.test', headers: { 'proxy-authorization': 'Bearer t' } }),
    );
    expect(text.match(/proxy-authorization/gi)?.length).toBe(1);
    expect(text).toContain('proxy-authorization: Bearer t');
  });

  it.each([
    'HTTP/1.1 200 OK',
    'HTTP/1.0 200 Connection established',
    'HTTP/1.1 299',
    'HTTP/1.1 200 OK\r\nContent-Length: 9',
  ])('is open after %j, whatever the length that it names', (head) => {
    const tunnel = open();
    say(tunnel, `${head}\r\n\r`);
    expect(tunnel.isOpen).toBe(false);
    say(tunnel, '\n');
    expect(tunnel.isOpen).toBe(true);
    expect(tunnel.refusal()).toBeUndefined();
  });

  it('is open after answers that say "wait"', () => {
    const tunnel = open();
    say(tunnel, 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
    expect(tunnel.isOpen).toBe(true);
  });

  it.each([
    [407, 'user and password'],
    [401, 'user and password'],
    [403, 'allow'],
    [405, 'allow'],
    [502, 'cannot reach'],
    [400, '"body"'],
    [302, '"body"'],
  ])('that is refused with %i says what to do', (status, word) => {
    const error = refusalOf(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    expect(error).toMatchObject({ code: 'PROXY', phase: 'proxy', status, statusText: 'No', body: '' });
    expect(error.message).toContain(word);
  });

  it('that is refused is refused with its whole body, however it comes', () => {
    const tunnel = open();
    say(tunnel, 'HTTP/1.1 502 No\r\nContent-Length: 5\r\n\r\nno');
    say(tunnel, 'w');
    expect(tunnel.refusal()).toMatchObject({ code: 'PROXY', status: 502, body: 'now' });
    expect(() => say(tunnel, 'ay')).toThrow(expect.objectContaining({ code: 'PROXY', body: 'noway' }));
    expect(tunnel.isOpen).toBe(false);
  });

  it('has caps of its own, and names them (attack 20)', () => {
    expect(refusalOf(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(99)}`, { maxHeadLineBytes: 50 })).toMatchObject({
      code: 'PROXY',
      limit: 50,
      cause: { code: 'HANDSHAKE_HEADERS_TOO_LARGE' },
    });
    const other = refusalOf('SSH-2.0');
    expect([other.code, other.limit]).toEqual(['PROXY', undefined]);
  });

  it(
    'does not depend on how the answer is cut',
    () => {
      const answers = fc.constantFrom(
        'HTTP/1.1 200 OK\r\nA: b\r\n\r\n',
        'HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
        'HTTP/1.1 502 No\r\nContent-Length: 5\r\n\r\nabcdefgh',
        'HTTX/1.1 200 OK\r\n\r\n',
      );
      const outcome = (pieces: readonly string[]): unknown => {
        const tunnel = open();
        try {
          for (const piece of pieces) {
            if (tunnel.isOpen) return 'open';
            say(tunnel, piece);
          }
        } catch (error) {
          return [
            (error as HandshakeError).code,
            (error as HandshakeError).status,
            (error as HandshakeError).body,
          ];
        }
        return tunnel.isOpen ? 'open' : (tunnel.refusal()?.body ?? 'waiting');
      };
      fc.assert(
        fc.property(answers, fc.array(fc.nat(60)), (text, cuts) => {
          const ends = [...cuts, text.length].map((at) => Math.min(at, text.length)).sort((a, b) => a - b);
          const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
          expect(outcome(pieces)).toEqual(outcome([text]));
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it(
    'throws nothing but a PROXY, whatever comes',
    () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.oneof(
              fc.uint8Array({ maxLength: 20 }),
              fc.constantFrom(Buffer.from('HTTP/1.1 200 OK\r\n'), Buffer.from('\r\n')),
            ),
          ),
          (chunks) => {
            const tunnel = open();
            try {
              for (const chunk of chunks) if (!tunnel.isOpen) tunnel.receive(chunk, chunk.length);
            } catch (error) {
              expect(error).toMatchObject({ name: 'HandshakeError', code: 'PROXY', phase: 'proxy' });
            }
          },
        ),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});
