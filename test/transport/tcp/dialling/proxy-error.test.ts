import { expect, it } from 'vitest';
import { parseProxy } from '../../../../src/transport/tcp/dialling/proxy.ts';
import { proxyError, spokeEarly } from '../../../../src/transport/tcp/dialling/proxy-error.ts';

const proxy = parseProxy('http://me:secret@proxy.test:3128/?secret');

it('the error of a proxy names it without its secrets, and carries the evidence', () => {
  const error = proxyError(proxy, 'http-status', { status: 503, body: 'zzz' });
  expect(error).toMatchObject({
    name: 'HandshakeError',
    code: 'PROXY',
    phase: 'proxy',
    status: 503,
    proxy: 'http://proxy.test:3128',
    body: 'zzz',
  });
  expect(error.message).toContain('The proxy http://proxy.test:3128 answered CONNECT with HTTP 503. ');
});

it('the error of a proxy that speaks early says what to do', () => {
  expect(spokeEarly(proxy)).toMatchObject({
    code: 'PROXY',
    detail: 'spoke-early',
    message: expect.stringContaining('check what listens'),
  });
});
