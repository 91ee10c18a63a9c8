import { describe, expect, it } from 'vitest';
import { NODE_TEXTS } from '../../src/base/error-texts.node.ts';
import { ERROR_TEXTS, errorText } from '../../src/base/error-texts.ts';

describe('what to do about an answer that is no 101', () => {
  const advice = (status: number, facts = {}): string =>
    errorText('HANDSHAKE_STATUS', { status, ...facts }).replace(/^.*?101\. /, '');

  it.each([
    [200, 'It speaks plain HTTP there: check the path of the URL.'],
    [401, 'Check the credentials and the origin.'],
    [404, 'Check the path of the URL.'],
    [429, 'The server is busy or broken: try again later.'],
    [418, 'Its "body" and "headers" may say why.'],
    [302, 'Its "body" and "headers" may say why.'],
  ])('%i', (status, text) => {
    expect(advice(status)).toBe(text);
  });

  it('of another version', () => {
    expect(advice(426, { versions: '8' })).toBe('It speaks WebSocket version 8; this client speaks 13 only.');
  });
});

it('no text stands in both tables', () => {
  const names = (table: object): string[] =>
    Object.entries(table).flatMap(([code, texts]) =>
      typeof texts === 'object' ? Object.keys(texts).map((detail) => `${code} ${detail}`) : [code],
    );
  expect(names(NODE_TEXTS).filter((name) => names(ERROR_TEXTS).includes(name))).toEqual([]);
});

describe('what to do about a proxy', () => {
  const advice = (status: number): string =>
    errorText('PROXY', { detail: 'http-status', proxy: 'http://proxy:3128', status }).replace(/^.*?\. /, '');

  it.each([
    [401, 'Put user and password into the URL of the proxy, or other credentials into proxy.headers.'],
    [407, 'Put user and password into the URL of the proxy, or other credentials into proxy.headers.'],
    [403, 'It does not allow this host or port: ask who runs it.'],
    [405, 'It does not allow this host or port: ask who runs it.'],
    [502, 'It cannot reach the server: check host and port, or try again later.'],
    [418, 'Its "body" and "headers" may say why.'],
  ])('that answers %i', (status, text) => {
    expect(advice(status)).toBe(text);
  });

  it('whose certificate is wrong: the option is that of the proxy', () => {
    const facts = { detail: 'unreachable', proxy: 'https://proxy', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
    expect(errorText('PROXY', { ...facts, encrypted: true })).toContain('pass it as proxy.tls.ca.');
    expect(errorText('PROXY', facts)).toContain('Check its URL, and that it runs.');
  });

  it('whose reply no standard knows', () => {
    const facts = { detail: 'socks-reply', proxy: 'socks5://proxy' };
    expect(errorText('PROXY', { ...facts, received: 5 })).toContain('the server refused the connection.');
    expect(errorText('PROXY', { ...facts, received: 99 })).toContain(
      'reply 99, which RFC 1928 does not know',
    );
  });
});

describe('what to do about TLS', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'The certificate has expired.'],
    [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      errorText('TLS', { host: 'a', reason: 'EPROTO' }).split('(EPROTO). ')[1],
    ],
    ['ODD', 'Check the server’s TLS set-up and the tls options.'],
  ])('%s', (reason, text) => {
    expect(errorText('TLS', { host: 'a', reason })).toContain(
      `No secure connection to a (${reason}). ${text}`,
    );
  });
});

it('a connection that fails in another way than by refusal may be the work of a firewall', () => {
  const text = (reason: string): string => errorText('CONNECT', { detail: 'host', host: 'a', reason });
  expect(text('ECONNREFUSED')).toContain('nothing listens there');
  expect(text('ETIMEDOUT')).toContain('no firewall is between');
});

it('a wrong Accept says what that means and how it is computed', () => {
  const text = errorText('HANDSHAKE_ACCEPT', { detail: 'wrong', received: 'abc', expected: 'xyz=' });
  expect(text).toContain('did not answer this very handshake');
  expect(text).toContain('is "abc", and by the key that was sent "xyz=" is expected');
  expect(text).toContain('base64(sha1(key + ');
  expect(text).toContain('Try without the proxy, or mend the server.');
});

it('an extension that some servers ignore is better left off', () => {
  const details = Object.keys(NODE_TEXTS.HANDSHAKE_EXTENSION ?? ERROR_TEXTS.HANDSHAKE_EXTENSION ?? {});
  const texts = (facts: object): string[] =>
    details.map((detail) => errorText('HANDSHAKE_EXTENSION', { detail, ...facts }));
  expect(texts({}).join()).not.toContain('leave compression.');
  expect(texts({ ignored: 'serverNoContextTakeover' }).join()).toContain(
    'Some servers ignore it: leave compression.serverNoContextTakeover off.',
  );
});
