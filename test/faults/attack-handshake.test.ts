/** Answers to the opening handshake that are wrong, huge, slow or odd, against everything that connects. */
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeFrame, serverFrame, TEXT } from '../tools/server-frame.ts';
import { attacked } from './attacked.ts';
import type { HostileConnection } from './hostile-server.ts';
import { WAYS } from './ordeal.ts';

const { attack, suffer } = attacked();

/** Answers with lines; `<PROOF>` stands for the right value. */
const answer =
  (...lines: string[]) =>
  async (connection: HostileConnection): Promise<void> => {
    const text = lines.join('\r\n').replaceAll('<PROOF>', connection.accept);
    await connection.write(`${text}\r\n\r\n`);
    connection.socket.end();
  };

const OK = 'HTTP/1.1 101 Switching Protocols';
const UPGRADE = 'Upgrade: websocket';
const CONNECTION = 'Connection: Upgrade';
const PROOF = 'Sec-WebSocket-Accept: <PROOF>';

describe('heads without measure', () => {
  const fields = (size: number, name = 'X'): Buffer => Buffer.from(`${name}: ${'a'.repeat(size)}\r\n`);
  const tooLarge = { wire: 'none', error: 'HANDSHAKE_HEADERS_TOO_LARGE' } as const;

  attack('2,000 fields of 8 KB (attack 13, #41)', {
    ...tooLarge,
    serve: async (connection) => {
      await connection.write(`${OK}\r\n`);
      await connection.pour(fields(8000), 2000 * 8000);
    },
  });
  attack('a line that never ends (attack 13, #41)', {
    ...tooLarge,
    serve: async (connection) => {
      await connection.write(`${OK}\r\nX: `);
      await connection.pour(Buffer.alloc(65_536, 'a'));
    },
  });
  attack('a status line that never ends (attack 13, #41)', {
    ...tooLarge,
    serve: async (connection) => {
      await connection.write(`${OK}`);
      await connection.pour(Buffer.alloc(65_536, 'a'));
    },
  });
  attack('10,000 fields (attack 13, #41)', {
    ...tooLarge,
    serve: async (connection) => {
      await connection.write(`${OK}\r\n`);
      await connection.pour(Buffer.from('a:b\r\n'), 10_000 * 5);
    },
    check: (_, report) => expect(report.error).toMatchObject({ phase: 'http', limit: 128 }),
  });
  attack('informational answers without end (attack 13, #43)', {
    ...tooLarge,
    serve: (connection) => connection.pour(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')),
  });
  attack('one byte a segment, up to the limit (attack 13)', {
    ...tooLarge,
    options: { limits: { maxHeadBytes: 2048 } },
    serve: async (connection) => {
      const head = Buffer.from(`${OK}\r\n${'a: b\r\n'.repeat(100)}${'b'.repeat(2048)}`);
      for (const byte of head) {
        if (!(await connection.write(Uint8Array.of(byte)))) break;
        await new Promise(setImmediate);
      }
    },
  });
});

describe('servers that take their time', () => {
  const late = { wire: 'none', error: 'TIMEOUT', options: { handshakeTimeout: 600 } } as const;
  attack('silence behind the request (attack 14, #42)', {
    ...late,
    serve: () => {},
    check: (_, report) => expect(report.error).toMatchObject({ phase: 'http' }),
  });
  attack('a drip that never ends (attack 14, #42)', {
    ...late,
    serve: async (connection) => {
      await connection.write(`${OK}\r\n`);
      while (await connection.write('a: b\r\n')) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  });
  attack('a refusal whose body drips for ever is a refusal (attack 14)', {
    ...late,
    // Status and body must have come by then.
    options: { handshakeTimeout: 1_500 },
    error: 'HANDSHAKE_STATUS',
    serve: async (connection) => {
      await connection.write('HTTP/1.1 503 Busy\r\nContent-Length: 4000\r\n\r\n');
      while (await connection.write('a')) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    check: (_, report) =>
      expect(report.error).toMatchObject({ status: 503, body: expect.stringMatching(/^a+$/) }),
  });

  let silent: ReturnType<typeof createServer> | undefined;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => (silent === undefined ? resolve(0) : silent.close(resolve)));
    silent = undefined;
  });
  it.each(WAYS)('TLS that never ends (attack 14, #42): %s', async (way) => {
    silent = createServer((socket) => sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent?.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const url = `wss://127.0.0.1:${port}`;
    const report = await suffer({ way, url, options: { handshakeTimeout: 600 } });
    expect(report).toMatchObject({ closes: 1, uncaught: [], error: { code: 'TIMEOUT', phase: 'tls' } });
  });
});

describe('answers that prove nothing', () => {
  const wrong: [what: string, error: string, lines: string[]][] = [
    ['no Upgrade (attack 15, #30)', 'HANDSHAKE_UPGRADE', [OK, CONNECTION, PROOF]],
    ['another Upgrade (attack 15, #30)', 'HANDSHAKE_UPGRADE', [OK, 'Upgrade: h2c', CONNECTION, PROOF]],
    ['Upgrade twice (attack 15, #36)', 'HANDSHAKE_UPGRADE', [OK, UPGRADE, UPGRADE, CONNECTION, PROOF]],
    ['no Connection (attack 15, #31)', 'HANDSHAKE_CONNECTION', [OK, UPGRADE, PROOF]],
    [
      'another Connection (attack 15, #31)',
      'HANDSHAKE_CONNECTION',
      [OK, UPGRADE, 'Connection: close', PROOF],
    ],
    ['no Accept (attack 15, #32)', 'HANDSHAKE_ACCEPT', [OK, UPGRADE, CONNECTION]],
    [
      'an Accept for another key (attack 15, #32)',
      'HANDSHAKE_ACCEPT',
      [OK, UPGRADE, CONNECTION, 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ],
    ['Accept twice (attack 15, #35)', 'HANDSHAKE_ACCEPT', [OK, UPGRADE, CONNECTION, PROOF, PROOF]],
    ['HTTP/1.0 (attack 15, #43)', 'HANDSHAKE_MALFORMED', ['HTTP/1.0 101 x', UPGRADE, CONNECTION, PROOF]],
    [
      'a body announced with 101 (attack 15, #36)',
      'HANDSHAKE_MALFORMED',
      [OK, UPGRADE, CONNECTION, PROOF, 'Content-Length: 5'],
    ],
    ['a folded line (attack 15, #43)', 'HANDSHAKE_MALFORMED', [OK, UPGRADE, ' x', CONNECTION, PROOF]],
    ['SSH (attack 15)', 'HANDSHAKE_MALFORMED', ['SSH-2.0-OpenSSH_9.2']],
    [
      'only 204 (attack 15, #29)',
      'HANDSHAKE_STATUS',
      ['HTTP/1.1 204 No Content', UPGRADE, CONNECTION, PROOF],
    ],
  ];
  for (const [what, error, lines] of wrong) attack(what, { serve: answer(...lines), wire: 'none', error });

  attack('200 and a page: status and 4 KiB of body are in the error (attack 15, #29)', {
    wire: 'none',
    error: 'HANDSHAKE_STATUS',
    serve: async (connection) => {
      await connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n');
      await connection.pour(Buffer.alloc(65_536, 'p'), 64 * 1024 * 1024);
    },
    check: (_, report) =>
      expect(report.error).toMatchObject({ status: 200, phase: 'http', body: 'p'.repeat(4096) }),
  });
});

describe('subprotocols that nobody agreed on', () => {
  const field = 'Sec-WebSocket-Protocol';
  const cases: [what: string, offered: string[], lines: string[]][] = [
    ['one though none was offered (attack 16, #34)', [], [`${field}: chat`]],
    ['another than was offered (attack 16, #34)', ['chat'], [`${field}: CHAT`]],
    ['none though one was offered (attack 16, #105)', ['chat'], []],
    ['the same twice (attack 16, #35)', ['chat'], [`${field}: chat`, `${field}: chat`]],
    ['two in one (attack 16, #35)', ['chat', 'other'], [`${field}: chat, other`]],
    ['bytes above 0x7F (attack 16)', ['chat'], [`${field}: ch\u00e4t`]],
    ['__proto__ (attack 16)', [], [`${field}: __proto__`]],
    ['constructor, though chat was offered (attack 16)', ['chat'], [`${field}: constructor`]],
  ];
  for (const [what, protocols, lines] of cases) {
    attack(what, {
      protocols,
      serve: answer(OK, UPGRADE, CONNECTION, PROOF, ...lines),
      wire: 'none',
      error: 'HANDSHAKE_PROTOCOL',
    });
  }
  attack('header fields named __proto__ and constructor harm nobody (attack 16)', {
    serve: async (connection) => {
      await connection.write(connection.answer('__proto__: x', 'constructor: y', 'toString: z'));
      connection.socket.end(closeFrame(1000));
    },
    wire: 1000,
    report: { wasClean: true },
  });
});

describe('extensions that make no sense', () => {
  const values: [what: string, value: string][] = [
    ['one that was not offered (attack 5, #33)', 'x-other'],
    ['two of them (attack 5, #91)', 'permessage-deflate, permessage-deflate'],
    ['an unknown parameter (attack 5, #92)', 'permessage-deflate; x=1'],
    [
      'a parameter twice (attack 5, #92)',
      'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    ],
    ['a value where there is none (attack 5, #93)', 'permessage-deflate; client_no_context_takeover=1'],
    ['7 bits (attack 5, #94)', 'permessage-deflate; client_max_window_bits=7'],
    ['16 bits (attack 5, #94)', 'permessage-deflate; server_max_window_bits=16'],
    ['99 bits (attack 5, #94)', 'permessage-deflate; server_max_window_bits=99'],
    ['08 bits (attack 5, #94)', 'permessage-deflate; server_max_window_bits=08'],
    ['no number of bits (attack 5, #94)', 'permessage-deflate; server_max_window_bits'],
    ['a list that breaks the grammar (attack 5, #37)', 'permessage-deflate;;=,'],
    ['an empty parameter (attack 5, #37)', 'permessage-deflate;'],
  ];
  for (const [what, value] of values) {
    attack(what, {
      serve: answer(OK, UPGRADE, CONNECTION, PROOF, `Sec-WebSocket-Extensions: ${value}`),
      wire: 'none',
      error: 'HANDSHAKE_EXTENSION',
    });
  }
});

describe('redirects', () => {
  for (const status of [301, 302, 307, 308]) {
    attack(`${status} is not followed unless asked for (attack 17, #104)`, {
      transport: { headers: { Authorization: 'Bearer s3cret', Cookie: 'a=s3cret' } },
      serve: answer(`HTTP/1.1 ${status} Moved`, 'Location: ws://127.0.0.1:9/elsewhere', 'Content-Length: 0'),
      wire: 'none',
      error: 'HANDSHAKE_REDIRECT',
      check: (_, report) => {
        expect(report.error).toMatchObject({ status });
        expect(report.error?.text).not.toContain('s3cret');
      },
    });
  }
});

describe('odd answers of honest servers are taken', () => {
  const honest = { wire: 1000, report: { wasClean: true, messages: 1 } } as const;
  const greeting = Buffer.concat([serverFrame(TEXT, 'hello'), closeFrame(1000)]);
  const odd: [what: string, lines: string[]][] = [
    [
      'names in any case (attack 28)',
      [OK, 'upgrade: WebSocket', 'CONNECTION: upgrade', 'sec-websocket-ACCEPT: <PROOF>'],
    ],
    [
      'white space around values (attack 28)',
      [OK, 'Upgrade:websocket', 'Connection: \t Upgrade \t', 'Sec-WebSocket-Accept:   <PROOF>  '],
    ],
    [
      'a list of connection options (attack 28, #31)',
      [OK, UPGRADE, 'Connection: keep-alive, Upgrade', PROOF],
    ],
    ['an empty phrase (attack 28)', ['HTTP/1.1 101 ', UPGRADE, CONNECTION, PROOF]],
    ['no phrase at all (attack 28)', ['HTTP/1.1 101', UPGRADE, CONNECTION, PROOF]],
    [
      'another phrase (attack 28)',
      ['HTTP/1.1 101 Web Socket Protocol Handshake', UPGRADE, CONNECTION, PROOF],
    ],
  ];
  for (const [what, lines] of odd) {
    attack(what, {
      ...honest,
      serve: (connection) => {
        const text = lines.join('\r\n').replaceAll('<PROOF>', connection.accept);
        // The first frames are in the same segment as the answer.
        connection.socket.end(Buffer.concat([Buffer.from(`${text}\r\n\r\n`), greeting]));
      },
    });
  }
  attack('everything one byte at a time (attack 28, #39)', {
    ...honest,
    serve: async (connection) => {
      for (const byte of Buffer.concat([Buffer.from(connection.answer()), greeting])) {
        await connection.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      connection.socket.end();
    },
  });
});
