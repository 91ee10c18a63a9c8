import { describe, expect, it } from 'vitest';
import { serverName, tlsConnectOptions } from '../../../../src/transport/tcp/dialling/tls.ts';

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
