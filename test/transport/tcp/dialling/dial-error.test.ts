import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../../src/protocol/url.ts';
import { dialError, timeoutError } from '../../../../src/transport/tcp/dialling/dial-error.ts';
import type { ProxyRoute } from '../../../../src/transport/tcp/dialling/proxy.ts';

const target = parseTarget('wss://user:secret@example.com:8443/path?token=secret');
const fault = (code: string) => Object.assign(new Error(code), { code });

describe('dial error', () => {
  it.each([
    ['dns', 'ENOTFOUND', 'DNS', 'example.com" was not found'],
    ['dns', 'EAI_AGAIN', 'DNS', 'example.com" was not found'],
    [
      'dns',
      'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING',
      'CONNECT',
      'look-up of the host name "example.com" failed',
    ],
    ['dns', 'ERR_ACCESS_DENIED', 'PERMISSION', 'example.com:8443'],
    ['dns', 'EPERM', 'PERMISSION', '--allow-net'],
    ['tcp', 'EPERM', 'CONNECT', 'firewall'],
    ['tcp', 'ERR_ACCESS_DENIED', 'PERMISSION', 'example.com:8443'],
    ['tcp', 'ECONNREFUSED', 'CONNECT', 'example.com:8443'],
    ['tls', 'CERT_HAS_EXPIRED', 'TLS', 'expired'],
    ['tls', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS', 'tls.ca'],
    ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID', 'TLS', 'another host'],
    ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'TLS', 'ws:'],
    ['tls', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'TLS', 'tls.cert'],
    ['tls', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'TLS', 'tls.cert'],
    ['tls', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TLS', 'tls.cert'],
    ['tls', 'ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED', 'TLS', 'tls.cert'],
    ['tls', 'SOMETHING_NEW', 'TLS', 'tls options'],
  ] as const)('in the phase %s, %s becomes %s', (phase, code, expected, word) => {
    const cause = fault(code);
    const error = dialError({ target, proxy: undefined }, phase, cause);
    expect(error).toMatchObject({ name: 'HandshakeError', code: expected, phase, cause });
    expect(error.message).toContain(code);
    expect(error.message).toContain(word);
    expect(error.message).not.toContain('secret');
  });

  it.each(['NotCapable', 'PermissionDenied'])(
    'takes the %s of Deno, which has no code, for what it is',
    (name) => {
      const error = dialError({ target, proxy: undefined }, 'tcp', Object.assign(new Error('no'), { name }));
      expect(error).toMatchObject({
        code: 'PERMISSION',
        phase: 'tcp',
        host: 'example.com:8443',
        reason: name,
      });
    },
  );

  it('names what may not be reached: the proxy, or the socket', () => {
    const proxy = { hostname: 'proxy.test', port: 3128 } as ProxyRoute;
    const cause = fault('ERR_ACCESS_DENIED');
    expect(dialError({ target, proxy }, 'proxy', cause)).toMatchObject({ host: 'proxy.test:3128' });
    const local = { ...target, socketPath: '/run/it' };
    expect(dialError({ target: local, proxy: undefined }, 'tcp', cause)).toMatchObject({ host: '/run/it' });
  });

  it('does without a cause', () => {
    expect(dialError({ target, proxy: undefined }, 'tcp', undefined).message).toContain('no reason given');
  });

  it.each(['dns', 'tcp', 'tls', 'http'] as const)('a deadline in the phase %s names it', (phase) => {
    const error = timeoutError(target, phase, 250);
    expect(error).toMatchObject({ code: 'TIMEOUT', phase });
    expect(error.message).toMatch(/within 250 ms \(wss:\/\/example.com:8443\/path\)/);
    expect(error.message).not.toContain('secret');
  });
});
