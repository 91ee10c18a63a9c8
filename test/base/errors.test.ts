import { describe, expect, it, vi } from 'vitest';
import {
  AuthError,
  ConnectionError,
  DeliveryError,
  HandshakeError,
  HoldlineError,
  isHoldlineError,
  ProtocolError,
  RequestError,
  UsageError,
} from '../../src/base/errors.ts';

const cause = new Error('below');

describe('the tree of errors', () => {
  it.each([
    [new HoldlineError('BAD_MESSAGE', { message: 'm' }), 'HoldlineError', 'BAD_MESSAGE', HoldlineError],
    [new HandshakeError('DNS', { message: 'm', phase: 'dns' }), 'HandshakeError', 'DNS', HoldlineError],
    [
      new ProtocolError('PROTOCOL', { message: 'm', closeCode: 1002 }),
      'ProtocolError',
      'PROTOCOL',
      HoldlineError,
    ],
    [
      new ConnectionError('CONNECTION_LOST', { message: 'm' }),
      'ConnectionError',
      'CONNECTION_LOST',
      HoldlineError,
    ],
    [
      new DeliveryError('REPLY_LOST', { message: 'm', outcome: 'unknown' }),
      'DeliveryError',
      'REPLY_LOST',
      HoldlineError,
    ],
    [new AuthError('m'), 'AuthError', 'AUTH_REFUSED', HoldlineError],
    [new UsageError('INVALID_URL', { message: 'm' }), 'UsageError', 'INVALID_URL', TypeError],
  ])(
    '%s has its name, code, message and ancestors, and no cause unless given',
    (error, name, code, parent) => {
      expect(error).toBeInstanceOf(parent);
      expect(error).toBeInstanceOf(Error);
      expect([error.name, error.code, error.message]).toEqual([name, code, 'm']);
      expect('cause' in error).toBe(false);
      expect(isHoldlineError(error)).toBe(true);
      expect(String(error)).toBe(`${name}: m`);
    },
  );

  it('carries a cause', () => {
    const errors = [
      new HoldlineError('BAD_MESSAGE', { message: 'm', cause }),
      new HandshakeError('TLS', { message: 'm', phase: 'tls', cause }),
      new ProtocolError('INVALID_PAYLOAD', { message: 'm', closeCode: 1007, cause }),
      new ConnectionError('CONNECTION_LOST', { message: 'm', cause }),
      new DeliveryError('ABORTED', { message: 'm', outcome: 'not-sent', cause }),
      new AuthError('m', { cause }),
      new UsageError('INVALID_DATA', { message: 'm', cause }),
    ];
    for (const error of errors) expect(error.cause).toBe(cause);
  });
});

describe('the evidence', () => {
  it('of a HandshakeError', () => {
    const evidence = {
      phase: 'http' as const,
      status: 503,
      statusText: 'Busy',
      headers: new Map([['a', 'b']]),
      body: 'later',
      retryAfter: 1_000,
      received: 'x',
      expected: 'y',
      limit: 128,
    };
    const error = new HandshakeError('HANDSHAKE_STATUS', { message: 'm', ...evidence });
    const { body, ...listed } = evidence;
    expect({ ...error }).toEqual({ name: 'HandshakeError', code: 'HANDSHAKE_STATUS', ...listed });
    expect(error.body).toBe(body); // there, and in no log
  });

  it('of a HandshakeError is no field where there is none, so that none is printed', () => {
    const evidence = { phase: 'tls' as const, status: undefined, limit: undefined, cause };
    const error = new HandshakeError('TLS', { message: 'm', ...evidence });
    expect(Object.keys(error).sort()).toEqual(['code', 'name', 'phase']);
    expect([error.status, error.limit, error.body]).toEqual([undefined, undefined, undefined]);
    expect(error.cause).toBe(cause);
  });

  it('of a ProtocolError', () => {
    expect({
      ...new ProtocolError('MESSAGE_TOO_BIG', { message: 'm', closeCode: 1009, limit: 1, size: 2 }),
    }).toEqual({
      name: 'ProtocolError',
      code: 'MESSAGE_TOO_BIG',
      closeCode: 1009,
      limit: 1,
      size: 2,
    });
  });

  it('of a ConnectionError', () => {
    const received = { code: 1000, reason: 'bye' };
    const sent = { code: 1001, reason: '' };
    expect({ ...new ConnectionError('CONNECTION_CLOSED', { message: 'm', received, sent }) }).toEqual({
      name: 'ConnectionError',
      code: 'CONNECTION_CLOSED',
      received,
      sent,
    });
  });

  it('of a DeliveryError', () => {
    expect(new DeliveryError('OUTBOX_FULL', { message: 'm', outcome: 'not-sent' }).outcome).toBe('not-sent');
  });

  it('of a RequestError', () => {
    const error = new RequestError('sum', { code: -32_602, message: 'two numbers', data: [1] });
    expect({ ...error }).toEqual({
      name: 'RequestError',
      code: 'REQUEST_REJECTED',
      method: 'sum',
      remoteCode: -32_602,
      remoteMessage: 'two numbers',
      data: [1],
    });
    expect(error.message).toBe('The server refused the request "sum": two numbers (-32602).');
    expect(new RequestError('f', { message: 'no' }).message).toBe('The server refused the request "f": no.');
    expect(new RequestError('f', { message: 'no' }).remoteCode).toBeUndefined();
  });
});

describe('isHoldlineError', () => {
  it('knows the errors of another copy of the package by their brand', () => {
    const foreign = Object.assign(new Error('m'), { [Symbol.for('holdline.error')]: true });
    expect(isHoldlineError(foreign)).toBe(true);
  });

  it.each([
    new Error('m'),
    new TypeError('m'),
    { [Symbol.for('holdline.error')]: true },
    Object.assign(new Error('m'), { [Symbol.for('holdline.error')]: 'yes' }),
    Object.assign(new Error('m'), { code: 'PROTOCOL' }),
    null,
    undefined,
    'PROTOCOL',
  ])('takes nothing else: %s', (value) => {
    expect(isHoldlineError(value)).toBe(false);
  });

  it('does not show the brand when an error is listed or serialised', () => {
    const error = new UsageError('INVALID_URL', { message: 'm' });
    expect(Object.keys(error)).not.toContain('holdline.error');
    expect(Object.getOwnPropertyDescriptor(error, Symbol.for('holdline.error'))?.enumerable).toBe(false);
  });
});

describe('instanceof', () => {
  class Own extends HandshakeError {}
  class OwnUsage extends UsageError {}

  it('holds for the errors of another copy of the package, by their kind', async () => {
    vi.resetModules();
    const other = await import('../../src/base/errors.ts');
    expect(other.HandshakeError).not.toBe(HandshakeError);
    const refused = new other.HandshakeError('DNS', { message: 'm', phase: 'dns' });
    const wrong = new other.UsageError('INVALID_URL', { message: 'm' });
    class Theirs extends other.AuthError {
      override name = 'Theirs';
    }
    expect(refused instanceof HandshakeError).toBe(true);
    expect(refused instanceof HoldlineError).toBe(true);
    expect(refused instanceof AuthError).toBe(false);
    expect(refused instanceof UsageError).toBe(false);
    expect(wrong instanceof UsageError).toBe(true);
    expect(wrong instanceof HoldlineError).toBe(false);
    expect(new Theirs('m') instanceof AuthError).toBe(true);
  });

  it('takes nothing else for one', () => {
    for (const value of [new Error('m'), null, undefined, 'm', { name: 'HandshakeError' }])
      expect(value instanceof HandshakeError).toBe(false);
  });

  it('of a class of a user’s own holds for its own errors alone', () => {
    const own = new Own('DNS', { message: 'm', phase: 'dns' });
    expect([own instanceof Own, own instanceof HandshakeError, own.name]).toEqual([
      true,
      true,
      'HandshakeError',
    ]);
    expect(new HandshakeError('DNS', { message: 'm', phase: 'dns' }) instanceof Own).toBe(false);
    expect(new UsageError('INVALID_URL', { message: 'm' }) instanceof OwnUsage).toBe(false);
  });
});
