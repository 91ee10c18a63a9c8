import { describe, expect, it } from 'vitest';
import type { HandshakeError } from '../../src/base/errors.ts';
import { checkAnswer, isSwitching, refusedError } from '../../src/protocol/handshake-response.ts';
import type { ResponseHead } from '../../src/protocol/http-head.ts';
import { SAMPLE_ACCEPT } from '../tools/engine-harness.ts';

type Fields = [name: string, value: string][];

const GOOD: Fields = [
  ['upgrade', 'websocket'],
  ['connection', 'Upgrade'],
  ['sec-websocket-accept', SAMPLE_ACCEPT],
];

function head(status: number, fields: Fields = [], statusText = '', minorVersion = 1): ResponseHead {
  return { minorVersion, status, statusText, fields };
}

/** The good fields, those named in `change` replaced by the values there. */
function changed(change: Record<string, string[]>): ResponseHead {
  const kept = GOOD.filter(([name]) => change[name] === undefined);
  const added = Object.entries(change).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return head(101, [...kept, ...added], 'Switching Protocols');
}

function failure(answer: ResponseHead, offered: string[] = []): HandshakeError {
  try {
    checkAnswer(answer, SAMPLE_ACCEPT, offered);
  } catch (error) {
    return error as HandshakeError;
  }
  return expect.unreachable() as never;
}

const ADVICE = 'It is not a WebSocket server that can be trusted: check the URL and any proxy between.';

describe('an answer that agrees', () => {
  it('has status 101 and no other', () => {
    expect([100, 101, 102, 200, 404].filter((status) => isSwitching(head(status)))).toEqual([101]);
  });

  it('gives the subprotocol, no extension, and every header, its cookies redacted (attack 25)', () => {
    const answer = changed({
      'sec-websocket-protocol': ['b'],
      'set-cookie': ['a=1', 'b=2'],
      __proto__: ['x'],
    });
    const fields: Fields = [...answer.fields, ['__proto__', 'x']] as Fields;
    expect(checkAnswer({ ...answer, fields }, SAMPLE_ACCEPT, ['a', 'b'])).toEqual({
      protocol: 'b',
      extensions: '',
      headers: new Map([
        ...GOOD,
        ['sec-websocket-protocol', 'b'],
        ['set-cookie', '[redacted], [redacted]'],
        ['__proto__', 'x'],
      ]),
    });
  });

  it.each([
    { upgrade: ['WebSocket'] },
    { connection: ['upgrade'] },
    { connection: ['keep-alive, UPGRADE'] },
    { connection: [',Upgrade ,'] },
    { connection: ['keep-alive', 'Upgrade'] },
    { connection: ['UPGRADE', 'x, y', ''] },
    { 'content-length': ['0'] },
    { server: ['x'], date: ['y'] },
  ])('may be written in many ways (#30, #31, attack 28): %j', (change) => {
    expect(checkAnswer(changed(change), SAMPLE_ACCEPT, []).protocol).toBe('');
  });

  it('may come in any later HTTP/1 (attack 28)', () => {
    expect(checkAnswer({ ...head(101, GOOD), minorVersion: 2 }, SAMPLE_ACCEPT, []).protocol).toBe('');
  });
});

describe('an answer that breaks a rule (attack 15)', () => {
  it('comes in HTTP/1.0 (#43)', () => {
    const error = failure({ ...head(101, GOOD, 'x'), minorVersion: 0 });
    expect(error).toMatchObject({ code: 'HANDSHAKE_MALFORMED', status: 101, statusText: 'x', phase: 'http' });
    expect(error.message).toBe(
      `The server answered 101 in HTTP/1.0, which cannot switch protocols. ${ADVICE}`,
    );
  });

  it.each([
    ['upgrade', [], 'HANDSHAKE_UPGRADE', 'lacks the Upgrade header; "websocket"', ''],
    ['upgrade', ['h2c'], 'HANDSHAKE_UPGRADE', 'Upgrade header "h2c" where', 'h2c'],
    ['upgrade', ['websocket, h2c'], 'HANDSHAKE_UPGRADE', '"websocket, h2c"', 'websocket, h2c'],
    [
      'upgrade',
      ['websocket', 'websocket'],
      'HANDSHAKE_UPGRADE',
      'more than once ("websocket, websocket")',
      'websocket, websocket',
    ],
    ['connection', [], 'HANDSHAKE_CONNECTION', 'lacks the Connection header; "Upgrade"', ''],
    ['connection', ['close'], 'HANDSHAKE_CONNECTION', 'header "close" where', 'close'],
    ['connection', ['upgraded'], 'HANDSHAKE_CONNECTION', '"upgraded"', 'upgraded'],
    ['connection', ['\u00a0upgrade'], 'HANDSHAKE_CONNECTION', '"?upgrade"', '\u00a0upgrade'],
    ['connection', ['Upgrade', 'Upgrade'], 'HANDSHAKE_CONNECTION', 'more than once', 'Upgrade, Upgrade'],
    [
      'connection',
      ['keep-alive', 'close'],
      'HANDSHAKE_CONNECTION',
      '"keep-alive, close"',
      'keep-alive, close',
    ],
  ])('in %s: %j (#30, #31)', (name, values, code, words, received) => {
    const error = failure(changed({ [name]: values }));
    const expected = name === 'upgrade' ? 'websocket' : 'Upgrade';
    expect(error).toMatchObject({
      name: 'HandshakeError',
      code,
      received,
      expected,
      status: 101,
      phase: 'http',
    });
    expect(error.message).toContain(words);
    expect(error.message.endsWith(`. ${ADVICE}`)).toBe(true);
  });

  it.each([
    [[], ''],
    [['x3JJHMbDL1EzLkh9GBhXDw=='], 'x3JJHMbDL1EzLkh9GBhXDw=='],
    [[SAMPLE_ACCEPT.toLowerCase()], SAMPLE_ACCEPT.toLowerCase()],
    [[SAMPLE_ACCEPT, SAMPLE_ACCEPT], `${SAMPLE_ACCEPT}, ${SAMPLE_ACCEPT}`],
    [[`${SAMPLE_ACCEPT},`], `${SAMPLE_ACCEPT},`],
    [[''], ''],
  ])('in Sec-WebSocket-Accept: %j (#32, #35)', (values, received) => {
    const error = failure(changed({ 'sec-websocket-accept': values }));
    expect(error).toMatchObject({ code: 'HANDSHAKE_ACCEPT', received, expected: SAMPLE_ACCEPT });
    expect(error.detail).toBe(['missing', 'wrong', 'repeated'][values.length]);
    expect(error.message).toContain(`"${SAMPLE_ACCEPT}" is expected. `);
  });

  it.each([
    { 'content-length': ['1'] },
    { 'content-length': ['0', '7'] },
    { 'content-length': [''] },
    { 'transfer-encoding': ['chunked'] },
    { 'transfer-encoding': [''] },
  ])('by announcing a body: %j', (change) => {
    const error = failure(changed(change));
    expect(error.code).toBe('HANDSHAKE_MALFORMED');
    expect(error.message).toBe(`The server announced a body together with status 101. ${ADVICE}`);
  });

  it.each([
    [['permessage-deflate'], 'permessage-deflate', '"permessage-deflate"'],
    [[''], '', '""'],
    [['a', 'b'], 'a, b', '"a, b"'],
  ])(
    'in Sec-WebSocket-Extensions, none having been offered: %j (#33, #35, #37)',
    (values, received, words) => {
      const error = failure(changed({ 'sec-websocket-extensions': values }));
      expect(error).toMatchObject({ code: 'HANDSHAKE_EXTENSION', received, expected: '' });
      expect(error.message).toBe(`The server uses the extension ${words}, which was not offered. ${ADVICE}`);
    },
  );
});

describe('an answer to the offer of compression', () => {
  const OFFER = 'permessage-deflate; client_max_window_bits';
  const judged = (values: string[], offer = {}) =>
    checkAnswer(changed({ 'sec-websocket-extensions': values }), SAMPLE_ACCEPT, [], offer);

  it('may leave it out: nothing is compressed then (#101)', () => {
    expect(judged([])).toMatchObject({ extensions: '' });
    expect(judged([]).deflate).toBeUndefined();
  });

  it('gives what was agreed on, and the header as it came (#38, #94)', () => {
    const value = 'permessage-deflate; server_max_window_bits="12" ;client_no_context_takeover';
    expect(judged([value])).toMatchObject({
      extensions: value,
      deflate: { serverWindowBits: 12, clientWindowBits: 15, serverTakeover: true, clientTakeover: false },
    });
  });

  it.each([
    [['permessage-deflate', 'permessage-deflate'], 'stands there more than once'],
    [['permessage-deflate', ''], 'stands there more than once'],
    [[''], 'cannot be read as a list of extensions'],
    [['permessage-deflate, x'], 'names an extension that was not offered'],
    [
      ['permessage-deflate; server_max_window_bits=7'],
      'lacks a number from 8 to 15 in server_max_window_bits',
    ],
  ])('fails with evidence: %j (#33, #35, #37, #91, #92, attack 5)', (values, what) => {
    let error: unknown;
    try {
      judged(values);
    } catch (thrown) {
      error = thrown;
    }
    const received = values.join(', ');
    expect(error).toMatchObject({
      code: 'HANDSHAKE_EXTENSION',
      phase: 'http',
      status: 101,
      received,
      expected: OFFER,
    });
    expect((error as Error).message).toBe(
      `The server's Sec-WebSocket-Extensions "${received}" ${what}, in answer to "${OFFER}". ${ADVICE}`,
    );
  });
});

it.each([
  [{ serverNoContextTakeover: true }, '', 'lacks server_no_context_takeover', 'serverNoContextTakeover'],
  [{ serverMaxWindowBits: 10 }, '', 'lacks server_max_window_bits', 'serverMaxWindowBits'],
  [
    { serverMaxWindowBits: 10 },
    '; server_max_window_bits=11',
    'has a larger server_max_window_bits than',
    'serverMaxWindowBits',
  ],
])('an option that the server ignored is to be left off: %j, "%s"', (offer, params, what, option) => {
  const value = `permessage-deflate${params}`;
  const answer = changed({ 'sec-websocket-extensions': [value] });
  let error: unknown;
  try {
    checkAnswer(answer, SAMPLE_ACCEPT, [], offer);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'HANDSHAKE_EXTENSION', status: 101, received: value });
  const { message, expected } = error as HandshakeError;
  expect(message).toContain(`"${value}" ${what}`);
  expect(message).toContain(`asked for, in answer to "${expected}". `);
  expect(message.endsWith(`". Some servers ignore it: leave compression.${option} off.`)).toBe(true);
});

describe('a subprotocol that was not agreed on (#34, #35, #105, attack 16)', () => {
  it.each([[['chat']], [['']], [['__proto__']], [['constructor']], [['\u00e9\u0080']], [['a', 'b']]])(
    'when none was offered: %j',
    (values) => {
      const error = failure(changed({ 'sec-websocket-protocol': values }));
      expect(error).toMatchObject({ code: 'HANDSHAKE_PROTOCOL', received: values.join(', '), expected: '' });
      expect(error.message).toContain(' (none was offered). ');
    },
  );

  it.each([
    [['other'], 'other', '"other"'],
    [['CHAT'], 'CHAT', '"CHAT"'],
    [['chat, v2'], '[redacted], [redacted]', '"[redacted], [redacted]"'],
    [['chat', 'chat'], '[redacted], [redacted]', '"[redacted], [redacted]"'],
    [['chat', 'other'], '[redacted], other', '"[redacted], other"'],
    [['chat\u00e9'], 'chat\u00e9', '"chat?"'],
    [[''], '', '""'],
  ])('when two were offered: %j', (values, received, words) => {
    const error = failure(changed({ 'sec-websocket-protocol': values }), ['chat', 'v2']);
    expect(error).toMatchObject({ code: 'HANDSHAKE_PROTOCOL', received, expected: 'one of those offered' });
    expect(error.message).toBe(
      `The server chose the subprotocol ${words} (exactly one of 2 offered was expected). ${ADVICE}`,
    );
  });

  it('when two were offered and none chosen', () => {
    expect(failure(changed({}), ['chat', 'v2'])).toMatchObject({
      code: 'HANDSHAKE_PROTOCOL',
      detail: 'missing',
      received: '',
      expected: 'one of those offered',
    });
  });

  it('does not repeat what was offered: a token may be among it (promise 9)', () => {
    const offered = ['v1', 'bearer.hunter2'];
    const echoed = failure(changed({ 'sec-websocket-protocol': ['v1, bearer.hunter2'] }), offered);
    const refused = refusedError(head(401, [['sec-websocket-protocol', 'bearer.hunter2']]), '', offered);
    for (const error of [echoed, refused]) {
      expect(JSON.stringify([error.message, { ...error }, [...(error.headers ?? [])]])).not.toContain(
        'hunter2',
      );
    }
    expect(refused.headers?.get('sec-websocket-protocol')).toBe('[redacted]');
  });
});

describe('what an error shows of the headers', () => {
  const shown = (name: string, value: string): string | undefined =>
    refusedError(head(400, [[name, value]]), '', []).headers?.get(name);

  it.each([
    'set-cookie',
    'set-cookie2',
    'authorization',
    'proxy-authorization',
    'authentication-info',
    'x-csrf-token',
    'x-session-id',
    'x-client-secret',
    'x-api-key',
    'apikey',
  ])('is not the value of %s', (name) => {
    expect(shown(name, 'hunter2')).toBe('[redacted]');
  });

  it.each(['location', 'content-location', 'refresh', 'link'])(
    'is not the query nor the user in %s',
    (name) => {
      expect(shown(name, 'https://h/p?token=x#y')).toBe('https://h/p?[redacted]');
      expect(shown(name, '/p#access_token=x')).toBe('/p?[redacted]');
      expect(shown(name, 'https://user:pass@h/p')).toBe('https://h/p?[redacted]');
      expect(shown(name, '//u@h:1')).toBe('ws://h:1/?[redacted]');
      expect(shown(name, 'https://h/@x')).toBe('https://h/@x');
    },
  );

  it('is not the query either behind a semicolon, a bracket, blanks or quotes', () => {
    expect(shown('location', 'https://h/p;v=1?code=x')).toBe('https://h/p;v=1?[redacted]');
    expect(shown('content-location', '/p?a<b=x')).toBe('/p?[redacted]');
    expect(shown('link', '</p?code=x>; rel=next, <https://h/q?code=x>')).toBe(
      '</p?[redacted]>; rel=next, <https://h/q?[redacted]>',
    );
    expect(shown('refresh', "5; URL = 'https://h/p?code=x'")).toBe("5; URL = 'https://h/p?[redacted]");
    expect(shown('refresh', '5')).toBe('5');
  });

  it('is the value of any other', () => {
    expect(shown('www-authenticate', 'Bearer realm="x?y"')).toBe('Bearer realm="x?y"');
    expect(shown('x-location', '/p?q')).toBe('/p?q');
    expect(shown('locations', '/p?q')).toBe('/p?q');
  });

  it('is in errors about a 101 redacted too', () => {
    const error = failure(changed({ upgrade: [], 'set-cookie': ['a=hunter2', 'b=hunter2'] }));
    expect(error.headers?.get('set-cookie')).toBe('[redacted], [redacted]');
    expect(error.headers).toBeInstanceOf(Map);
  });

  it('is not the subprotocol, where another field of a 101 is at fault: a token may be in it (attack 25)', () => {
    const error = failure(changed({ upgrade: [], 'sec-websocket-protocol': ['hunter2'] }));
    expect(error.headers?.get('sec-websocket-protocol')).toBe('[redacted]');
  });
});

describe('an answer other than 101 (#29)', () => {
  const START = 'The server answered the WebSocket handshake with HTTP';
  it.each([
    [200, 'OK', [], 'It speaks plain HTTP there: check the path of the URL.'],
    [204, '', [], 'It speaks plain HTTP there: check the path of the URL.'],
    [300, 'Multiple Choices', [], 'Its "body" and "headers" may say why.'],
    [304, 'Not Modified', [], 'Its "body" and "headers" may say why.'],
    [400, 'Bad Request', [], 'Its "body" and "headers" may say why.'],
    [401, 'Unauthorized', [], 'Check the credentials and the origin.'],
    [403, 'Forbidden', [], 'Check the credentials and the origin.'],
    [404, 'Not Found', [], 'Check the path of the URL.'],
    [404, 'Not Found', [['location', '/x']], 'Check the path of the URL.'],
    [418, 'x', [], 'Its "body" and "headers" may say why.'],
    [429, 'Too Many Requests', [], 'The server is busy or broken: try again later.'],
    [500, 'x', [], 'The server is busy or broken: try again later.'],
    [503, 'Service Unavailable', [], 'The server is busy or broken: try again later.'],
    [
      426,
      'Upgrade Required',
      [['sec-websocket-version', '8, 7\u001b']],
      'It speaks WebSocket version 8, 7?; this client speaks 13 only.',
    ],
    [
      426,
      'x',
      [
        ['sec-websocket-version', '8'],
        ['sec-websocket-version', '13'],
      ],
      'Its "body" and "headers" may say why.',
    ],
    [400, 'x', [['sec-websocket-version', '13, 8']], 'Its "body" and "headers" may say why.'],
    [400, 'x', [['sec-websocket-version', '']], 'Its "body" and "headers" may say why.'],
  ] as [number, string, Fields, string][])('%d %s %j (#40)', (status, statusText, fields, advice) => {
    const error = refusedError(head(status, fields, statusText), 'the body', []);
    expect(error.message).toBe(`${`${START} ${status} ${statusText}`.trim()} instead of 101. ${advice}`);
    expect(error).toMatchObject({
      name: 'HandshakeError',
      code: 'HANDSHAKE_STATUS',
      phase: 'http',
      status,
      statusText,
      body: 'the body',
      headers: expect.any(Map),
    });
    expect(error.retryAfter).toBeUndefined();
  });

  it.each([300, 301, 302, 307, 308, 399])(
    '%d with a Location is a redirect, which is not followed (#104)',
    (status) => {
      const error = refusedError(head(status, [['location', 'https://other/?q']], 'Moved'), '', []);
      expect(error.code).toBe('HANDSHAKE_REDIRECT');
      expect(error.message).toBe(
        `${START} ${status} Moved instead of 101. That is not followed: use the address in its Location header, or allow some in Node (option redirects).`,
      );
      expect(error.headers?.get('location')).toBe('https://other/?[redacted]');
    },
  );

  it('is no redirect below 300 and from 400 on', () => {
    for (const status of [201, 299, 400]) {
      expect(refusedError(head(status, [['location', '/']]), '', []).code).toBe('HANDSHAKE_STATUS');
    }
  });

  it('has its phrase cut and cleaned in the message, whole in the field', () => {
    const phrase = `\u001b[31m${'x'.repeat(8000)}`;
    const error = refusedError(head(400, [], phrase), '', []);
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).not.toContain('\u001b');
    expect(error.statusText).toBe(phrase);
  });
});

describe('Retry-After', () => {
  const DATE: Fields[number] = ['date', 'Sat, 21 Nov 2026 10:00:00 GMT'];
  const wait = (value: string, ...more: Fields): number | undefined =>
    refusedError(head(503, [['retry-after', value], ...more]), '', []).retryAfter;

  it('in seconds is in milliseconds', () => {
    expect(wait('0')).toBe(0);
    expect(wait('120')).toBe(120_000);
    expect(wait('007')).toBe(7_000);
  });

  it('in more seconds than there are is the largest safe number, not Infinity', () => {
    expect(wait('9'.repeat(400))).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("as a date is measured against the answer's own", () => {
    expect(wait('Sat, 21 Nov 2026 10:00:30 GMT', DATE)).toBe(30_000);
    expect(wait('Sun, 22 Nov 2026 10:00:00 GMT', DATE)).toBe(86_400_000);
    expect(wait('Sat, 21 Nov 2026 09:00:00 GMT', DATE)).toBe(0);
  });

  it.each([
    '-5',
    '1.5',
    '',
    'soon',
    '5s',
    ' 5',
    '2026-11-21',
    'Sat, 21 Nov 2026 10:00:30',
    'Sat, 99 Xxx 2026 10:00:30 GMT',
  ])('as %j says nothing', (value) => {
    expect(wait(value, DATE)).toBeUndefined();
  });

  it.each([[[]], [[['date', 'today']]], [[['date', '2026-11-21']]]])(
    'as a date says nothing without a date to measure it against: %j',
    (fields) => {
      expect(wait('Sat, 21 Nov 2026 10:00:30 GMT', ...(fields as Fields))).toBeUndefined();
    },
  );

  it('is missing when the server sent none', () => {
    expect(refusedError(head(503), '', []).retryAfter).toBeUndefined();
  });
});
