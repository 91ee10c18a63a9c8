import { EventEmitter } from 'node:events';
import type * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { MAX_SESSION_AGE_MS, SessionCache } from '../../../../src/transport/tcp/dialling/session-cache.ts';
import { serverName, startTls, tlsConnectOptions } from '../../../../src/transport/tcp/dialling/tls.ts';

describe('TLS options', () => {
  it('check the certificate, offer http/1.1 and TLS 1.2 at least, and name the server', () => {
    expect(tlsConnectOptions('server.test', undefined)).toEqual({
      host: 'server.test',
      servername: 'server.test',
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    });
  });

  it('are replaced by what the caller gives, unless that is undefined (attack 19)', () => {
    const given = {
      rejectUnauthorized: undefined,
      minVersion: undefined,
      checkServerIdentity: undefined,
      ca: 'x',
    };
    expect(tlsConnectOptions('server.test', given)).toEqual({
      ...tlsConnectOptions('server.test', {}),
      ca: 'x',
    });
    const other = { rejectUnauthorized: false, minVersion: 'TLSv1.3', servername: 'other.test' } as const;
    expect(tlsConnectOptions('server.test', other)).toMatchObject(other);
  });

  it('name no version beside a protocol of the caller’s: Node refuses both', () => {
    expect(tlsConnectOptions('a.test', { secureProtocol: 'TLSv1_2_method' }).minVersion).toBeUndefined();
  });

  it.each([
    ['server.test', 'server.test'],
    ['server.test.', 'server.test'],
    ['127.0.0.1', ''],
    ['::1', ''],
  ])('the server name for %s is %j (#12)', (hostname, name) => {
    expect(serverName(hostname)).toBe(name);
    expect(tlsConnectOptions(hostname, undefined).servername).toBe(name === '' ? undefined : name);
  });
});

describe('a session', () => {
  it('that a server renews while it goes on is no younger than the first (attack 34)', async () => {
    // Node's own server renews none.
    const clock = createVirtualClock();
    const sessions = new SessionCache();
    const peer = { hostname: 'server.test', port: 443, options: undefined };
    const visit = (isSessionReused: boolean): unknown => {
      const socket = Object.assign(new EventEmitter(), {
        isSessionReused: () => isSessionReused,
        getPeerCertificate: () => ({ valid_to: 'Jan  1 00:00:00 2100 GMT' }),
      });
      let given: unknown;
      const connect = (options: { session?: unknown }) => {
        given = options.session;
        return socket;
      };
      startTls({}, peer, { tls: { connect } as never, sessions, clock });
      socket.emit('secureConnect');
      socket.emit('session', Buffer.from('ticket'));
      return given;
    };
    expect(visit(false)).toBeUndefined();
    await clock.advance(MAX_SESSION_AGE_MS - 1);
    expect(visit(true)).toBeDefined();
    await clock.advance(1);
    expect(visit(false)).toBeUndefined();
  });
});

it('a session that comes when its connection has ended, and has no certificate any more, is no fault (Deno)', () => {
  const socket = Object.assign(new EventEmitter(), { getPeerCertificate: () => null });
  const sessions = new SessionCache();
  const tools = { tls: { connect: () => socket } as unknown as typeof tls, sessions, clock: systemClock };
  startTls({}, { hostname: 'server.test', port: 443, options: undefined }, tools);
  socket.emit('secureConnect');
  expect(socket.emit('session', Buffer.from('a session'))).toBe(true);
  const key = sessions.key('server.test:443', undefined);
  expect(sessions.get(key, systemClock.wallTime())?.session).toEqual(Buffer.from('a session'));
});
