import { describe, expect, it } from 'vitest';
import { checkSubprotocols } from '../../src/protocol/subprotocol.ts';

describe('subprotocols to offer (#24, #103)', () => {
  it('are none, or tokens, each once; case counts', () => {
    expect(() => checkSubprotocols([])).not.toThrow();
    expect(() => checkSubprotocols(['chat', 'Chat', "v1.!#$%&'*+-.^_`|~"])).not.toThrow();
    expect(() => checkSubprotocols(['__proto__', 'constructor', 'toString'])).not.toThrow();
  });

  it.each(['', ' ', 'a b', 'a,b', 'a\r\nX: y', 'a\0', 'é', 'a/b', 'a=b', '"a"', '(a)', 'a;b', 'a\x7f'])(
    'are refused when not a token, without being quoted (attack 18): %j',
    (protocol) => {
      expect(() => checkSubprotocols(['chat', protocol])).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          code: 'INVALID_SUBPROTOCOL',
          message:
            "Subprotocol number 2 is not a token. Use letters, digits and !#$%&'*+-.^_`|~ only. A credential that stands " +
            'there, as by subprotocolToken(), must be encoded, as base64url for instance.',
        }),
      );
    },
  );

  it.each([undefined, null, 7, {}, Symbol('a')])('are refused when not strings', (protocol) => {
    expect(() => checkSubprotocols([protocol as never])).toThrow(
      expect.objectContaining({
        code: 'INVALID_SUBPROTOCOL',
        message: expect.stringContaining('number 1 is not'),
      }),
    );
  });

  it('are refused when named twice, without being quoted', () => {
    expect(() => checkSubprotocols(['a', 'secret', 'secret'])).toThrow(
      expect.objectContaining({
        code: 'INVALID_SUBPROTOCOL',
        message: 'Subprotocol number 3 was offered before it already. Name each once.',
      }),
    );
  });
});
