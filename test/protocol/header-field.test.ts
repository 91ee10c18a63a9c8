import { describe, expect, it } from 'vitest';
import { checkHeaderFields } from '../../src/protocol/header-field.ts';

const check = (name: unknown, value: unknown = 'v'): void => checkHeaderFields([[name, value] as never]);

describe('header fields of a caller (#28, attack 18)', () => {
  it('are tokens with printable values, tabs and Latin-1 among them', () => {
    expect(() => checkHeaderFields([])).not.toThrow();
    expect(() =>
      checkHeaderFields([
        ['Authorization', 'Bearer abc'],
        ['Cookie', 'a=b; c="d"'],
        ['X-Empty', ''],
        ['X-Wide', 'a\tb é \u00ff ~ \u0080'],
        ['Origin', 'https://example.com'],
        ['__proto__', 'x'],
      ]),
    ).not.toThrow();
  });

  it.each(['', 'a b', 'a:', 'X\r\nY', 'é', 'Authorization: Bearer hunter2', 7, undefined, Symbol('x')])(
    'need a token for a name; the error does not quote it',
    (name) => {
      expect(() =>
        checkHeaderFields([
          ['ok', 'v'],
          [name as never, 'v'],
        ]),
      ).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          code: 'INVALID_HEADER',
          message:
            "The name of header number 2 is not a token. Pass name and value apart: ['x-name', 'value'].",
        }),
      );
    },
  );

  it.each([
    'Host',
    'upgrade',
    'CONNECTION',
    'Content-Length',
    'transfer-encoding',
    'Sec-WebSocket-Key',
    'sec-websocket-protocol',
    'Sec-WebSocket-Anything',
  ])('cannot be %s, which the handshake writes', (name) => {
    expect(() => check(name)).toThrow(
      expect.objectContaining({
        code: 'INVALID_HEADER',
        message: `The header "${name}" belongs to the handshake and cannot be set. Use the option made for it (protocols, …).`,
      }),
    );
  });

  it('may have a name that only resembles one of those', () => {
    for (const name of ['X-Host', 'Upgrade-Insecure-Requests', 'X-Sec-WebSocket-Key', 'Sec-WebSocket']) {
      expect(() => check(name)).not.toThrow();
    }
  });

  it.each(['\r', '\n', '\0', 'a\r\nX: y', '\u0008', '\u001f', '\u007f', '\u0100', '再'])(
    'cannot have the value %j; the error does not quote it',
    (value) => {
      expect(() => check('X-Token', `hunter2${value}`)).toThrow(
        expect.objectContaining({
          code: 'INVALID_HEADER',
          message: expect.stringMatching(/^The value of the header "X-Token" holds a character(?!.*hunter2)/),
        }),
      );
    },
  );

  it.each([7, null, ['hunter2']])('cannot have the value %j, which is no text', (value) => {
    expect(() => check('X-Token', value)).toThrow(
      expect.objectContaining({
        code: 'INVALID_HEADER',
        message: expect.stringMatching(/^The value of the header "X-Token" is no string(?!.*hunter2)/),
      }),
    );
  });
});
