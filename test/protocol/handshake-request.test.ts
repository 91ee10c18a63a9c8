import { describe, expect, it } from 'vitest';
import {
  checkRequest,
  type HandshakeRequest,
  serializeRequest,
} from '../../src/protocol/handshake-request.ts';
import { parseTarget } from '../../src/protocol/url.ts';
import { SAMPLE_KEY } from '../tools/engine-harness.ts';

function request(url: string, more: Partial<HandshakeRequest> = {}): HandshakeRequest {
  return { target: parseTarget(url), protocols: [], headers: [], ...more };
}

describe('the request', () => {
  it('of RFC 6455, 1.2, byte for byte (#15-#19, #22-#26)', () => {
    const wanted = request('ws://server.example.com/chat', {
      protocols: ['chat', 'superchat'],
      headers: [['Origin', 'http://example.com']],
    });
    expect(serializeRequest(wanted, SAMPLE_KEY)).toBe(
      'GET /chat HTTP/1.1\r\n' +
        'Host: server.example.com\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'Sec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Protocol: chat, superchat\r\n' +
        'Origin: http://example.com\r\n' +
        '\r\n',
    );
  });

  it('offers no subprotocol unless one is given, and no extension', () => {
    const text = serializeRequest(request('ws://h'), SAMPLE_KEY);
    expect(text).not.toContain('Protocol:');
    expect(text).not.toContain('Extensions');
  });

  it('offers compression as browsers do, behind the subprotocols and before what the caller adds (#25)', () => {
    const wanted = request('ws://h', { protocols: ['a'], headers: [['X', 'y']] });
    expect(serializeRequest(wanted, SAMPLE_KEY, {})).toContain(
      '\r\nSec-WebSocket-Protocol: a\r\n' +
        'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n' +
        'X: y\r\n\r\n',
    );
  });

  it.each([
    ['ws://h', 'GET / HTTP/1.1\r\nHost: h\r\n'],
    ['ws://h:8080/a%20b?q=1&r', 'GET /a%20b?q=1&r HTTP/1.1\r\nHost: h:8080\r\n'],
    ['ws://h:80/?x', 'GET /?x HTTP/1.1\r\nHost: h\r\n'],
    ['wss://h:443/', 'GET / HTTP/1.1\r\nHost: h\r\n'],
    ['wss://h:80/', 'GET / HTTP/1.1\r\nHost: h:80\r\n'],
    ['ws://[::1]:9000/é', 'GET /%C3%A9 HTTP/1.1\r\nHost: [::1]:9000\r\n'],
    ['ws://u:p@h/', 'GET / HTTP/1.1\r\nHost: h\r\n'],
  ])('to %s begins as it should (#2, #16, #17)', (url, start) => {
    expect(serializeRequest(request(url), SAMPLE_KEY).startsWith(start)).toBe(true);
  });

  it('is well under 1,024 bytes, since hand-written servers read once', () => {
    expect(serializeRequest(request('wss://example.com/socket'), SAMPLE_KEY, {}).length).toBeLessThan(300);
  });
});

describe('checkRequest (#28, attack 18)', () => {
  it('takes what the checks of its parts take', () => {
    expect(() =>
      checkRequest(request('ws://h/x?y', { protocols: ['a'], headers: [['X', 'y']] })),
    ).not.toThrow();
  });

  it.each([
    ['INVALID_URL', { target: { ...parseTarget('ws://h'), resource: '/ HTTP/1.1\r\nX: y' } }],
    ['INVALID_SUBPROTOCOL', { protocols: ['a\r\nX: y'] }],
    ['INVALID_HEADER', { headers: [['X', 'a\r\nY: z']] as const }],
    ['INVALID_HEADER', { headers: [['X\r\nY', 'z']] as const }],
  ])('refuses with %s what could make a line of its own', (code, more) => {
    expect(() => checkRequest(request('ws://h', more))).toThrow(expect.objectContaining({ code }));
  });
});
