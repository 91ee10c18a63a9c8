import { describe, expect, it } from 'vitest';
import {
  agreeOnDeflate,
  checkOffer,
  type DeflateAgreement,
  type DeflateOffer,
  serializeOffer,
} from '../../src/protocol/permessage-deflate.ts';

describe('the offer', () => {
  it.each<[DeflateOffer, string]>([
    [{}, 'permessage-deflate; client_max_window_bits'],
    [{ clientMaxWindowBits: 15 }, 'permessage-deflate; client_max_window_bits'],
    [{ clientMaxWindowBits: 10 }, 'permessage-deflate; client_max_window_bits=10'],
    [{ serverMaxWindowBits: 15 }, 'permessage-deflate; server_max_window_bits=15; client_max_window_bits'],
    [
      { serverNoContextTakeover: false, clientNoContextTakeover: false },
      'permessage-deflate; client_max_window_bits',
    ],
    [
      {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 8,
        clientMaxWindowBits: 9,
      },
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9',
    ],
  ])('of %j is %j (#25)', (offer, text) => {
    expect(serializeOffer(offer)).toBe(text);
    expect(() => checkOffer(offer)).not.toThrow();
  });

  it.each([7, 16, 0, -8, 8.5, Number.NaN, '10', null, true, Number.POSITIVE_INFINITY])(
    'has no window of %j bits (#25)',
    (bits) => {
      for (const name of ['serverMaxWindowBits', 'clientMaxWindowBits']) {
        expect(() => checkOffer({ [name]: bits })).toThrow(
          expect.objectContaining({
            code: 'INVALID_OPTION',
            message: expect.stringContaining(`compression.${name} must`),
          }),
        );
      }
    },
  );
});

const ALL: DeflateAgreement = {
  serverWindowBits: 15,
  clientWindowBits: 15,
  serverTakeover: true,
  clientTakeover: true,
};

describe('an answer that agrees', () => {
  it.each<[string, DeflateOffer, Partial<DeflateAgreement>]>([
    ['permessage-deflate', {}, {}],
    [' permessage-deflate ,', {}, {}],
    ['permessage-deflate; server_no_context_takeover', {}, { serverTakeover: false }],
    ['permessage-deflate; client_no_context_takeover', {}, { clientTakeover: false }],
    ['permessage-deflate; server_max_window_bits=8', {}, { serverWindowBits: 8 }],
    ['permessage-deflate; server_max_window_bits=15', {}, {}],
    ['permessage-deflate; client_max_window_bits=9', {}, { clientWindowBits: 9 }],
    ['permessage-deflate; client_max_window_bits="10"', {}, { clientWindowBits: 10 }],
    ['permessage-deflate; client_max_window_bits="1\\0"', {}, { clientWindowBits: 10 }],
    [
      'permessage-deflate; server_max_window_bits=12; client_max_window_bits=12',
      {},
      { serverWindowBits: 12, clientWindowBits: 12 },
    ],
    [
      'permessage-deflate;client_no_context_takeover;server_max_window_bits=9;server_no_context_takeover;client_max_window_bits=11',
      {},
      { serverWindowBits: 9, clientWindowBits: 11, serverTakeover: false, clientTakeover: false },
    ],
    // What we have offered to do we do, also when the answer does not name it.
    ['permessage-deflate', { clientMaxWindowBits: 10 }, { clientWindowBits: 10 }],
    ['permessage-deflate', { clientNoContextTakeover: true }, { clientTakeover: false }],
    ['permessage-deflate; client_max_window_bits=9', { clientMaxWindowBits: 9 }, { clientWindowBits: 9 }],
    [
      'permessage-deflate; server_max_window_bits=10; server_no_context_takeover',
      { serverMaxWindowBits: 10, serverNoContextTakeover: true },
      { serverWindowBits: 10, serverTakeover: false },
    ],
  ])('%j to %j (#93, #94)', (answer, offer, agreed) => {
    expect(agreeOnDeflate(answer, offer)).toEqual({ ...ALL, ...agreed });
  });

  it('may name every window from 8 to 15 (#94)', () => {
    for (let bits = 8; bits <= 15; bits++) {
      expect(agreeOnDeflate(`permessage-deflate; server_max_window_bits=${bits}`, {})).toMatchObject({
        serverWindowBits: bits,
      });
      expect(agreeOnDeflate(`permessage-deflate; client_max_window_bits=${bits}`, {})).toMatchObject({
        clientWindowBits: bits,
      });
    }
  });
});

const fault = (answer: string, offer: DeflateOffer = {}): unknown => agreeOnDeflate(answer, offer);

describe('an answer that does not (attack 5)', () => {
  it.each([
    '',
    ';',
    'permessage-deflate;',
    'permessage-deflate; x=',
    'permessage-deflate; x="',
    'permessage-deflate x',
  ])('because it cannot be read: %j (#37)', (answer) => {
    expect(fault(answer)).toEqual({ detail: 'unreadable' });
  });

  it.each([
    'x-webkit-deflate-frame',
    'Permessage-Deflate',
    'permessage-bzip2',
    'permessage-deflate, mux',
    'mux, permessage-deflate',
    '__proto__',
  ])('because it names another extension: %j (#33, #91)', (answer) => {
    expect(fault(answer)).toEqual({ detail: 'foreign' });
  });

  it('because it names it twice (#91)', () => {
    expect(fault('permessage-deflate, permessage-deflate')).toEqual({ detail: 'twice' });
  });

  it.each([
    'unknown',
    'unknown=1',
    'server_max_window_bit=10',
    'Server_max_window_bits=10',
    'client_max_window_bits=10; x',
    '__proto__',
    'constructor=1',
  ])('because of an unknown parameter: %j (#92)', (param) => {
    expect(fault(`permessage-deflate; ${param}`)).toEqual({ detail: 'unknown-parameter' });
  });

  it.each([
    'server_no_context_takeover; server_no_context_takeover',
    'client_no_context_takeover; client_no_context_takeover',
    'server_max_window_bits=10; server_max_window_bits=10',
    'client_max_window_bits=10; server_max_window_bits=10; client_max_window_bits=11',
    'unknown; unknown',
  ])('because of a repeated parameter: %j (#92)', (params) => {
    expect(fault(`permessage-deflate; ${params}`)).toEqual({ detail: 'repeated-parameter' });
  });

  it.each(['server_no_context_takeover', 'client_no_context_takeover'])(
    'because %s has a value (#93)',
    (name) => {
      for (const value of ['1', 'true', '"x"']) {
        expect(fault(`permessage-deflate; ${name}=${value}`)).toEqual({
          detail: 'parameter-with-value',
          parameter: name,
        });
      }
    },
  );

  it.each(['7', '16', '99', '08', '8.0', '+8', '-8', '0x8', '1e1', '15a', '"08"', '"16"', '100', '010'])(
    'because a window has %s bits (#94)',
    (value) => {
      for (const name of ['server_max_window_bits', 'client_max_window_bits']) {
        expect(fault(`permessage-deflate; ${name}=${value}`)).toEqual({
          detail: 'parameter-without-bits',
          parameter: name,
        });
      }
    },
  );

  it.each(['""', '" 10"', '"10', '10"', '"1"0', "'10' x", '"1" "0"', '"1\u00000"'])(
    'because a window is quoted oddly: %s (#37, #94)',
    (value) => {
      expect(fault(`permessage-deflate; server_max_window_bits=${value}`)).toHaveProperty('detail');
    },
  );

  it('because a window has no number (#94)', () => {
    for (const name of ['server_max_window_bits', 'client_max_window_bits']) {
      expect(fault(`permessage-deflate; ${name}`)).toEqual({
        detail: 'parameter-without-bits',
        parameter: name,
      });
    }
  });

  it('because it does less than was asked for (#92)', () => {
    const asked = { serverMaxWindowBits: 10, serverNoContextTakeover: true, clientMaxWindowBits: 11 };
    expect(fault('permessage-deflate; server_max_window_bits=10', asked)).toEqual({
      detail: 'not-granted',
      parameter: 'server_no_context_takeover',
      ignored: 'serverNoContextTakeover',
    });
    expect(fault('permessage-deflate; server_no_context_takeover', asked)).toEqual({
      detail: 'not-granted',
      parameter: 'server_max_window_bits',
      ignored: 'serverMaxWindowBits',
    });
    expect(fault('permessage-deflate; server_no_context_takeover; server_max_window_bits=11', asked)).toEqual(
      {
        detail: 'larger-than-asked',
        parameter: 'server_max_window_bits',
        ignored: 'serverMaxWindowBits',
      },
    );
    expect(fault('permessage-deflate; client_max_window_bits=12', { clientMaxWindowBits: 11 })).toEqual({
      detail: 'larger-than-offered',
      parameter: 'client_max_window_bits',
    });
  });
});
