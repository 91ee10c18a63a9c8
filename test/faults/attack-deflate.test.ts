/** Compressed messages that are bombs, or broken, against everything that connects. */
import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { BINARY, closeFrame, serverFrame, TEXT } from '../tools/server-frame.ts';
import { attacked } from './attacked.ts';
import type { HostileConnection } from './hostile-server.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const RSV1 = 0x40;
const FIN = 0x80;
const { attack } = attacked();

/** Agrees to compression, then does `serve`. */
const agreed =
  (serve: (connection: HostileConnection) => unknown) =>
  async (connection: HostileConnection): Promise<void> => {
    expect(connection.field('Sec-WebSocket-Extensions')).toMatch(/^permessage-deflate/);
    await connection.write(connection.answer('Sec-WebSocket-Extensions: permessage-deflate'));
    await serve(connection);
  };

/** A piece of a deflate stream: blocks without an end, so that pieces can follow each other. */
const piece = (bytes: Uint8Array): Buffer =>
  deflateRawSync(bytes, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });

/** 256 MiB of zeros in 265 KB. */
const zeros = piece(Buffer.alloc(MIB));
const bomb = Buffer.concat(Array.from({ length: 256 }, () => zeros));

const broken = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]);
const limited = { options: { limits: { maxMessageBytes: 4 * MIB } } };

describe('messages that swell (attack 4, #99)', () => {
  attack('a bomb of 256 MiB in one frame (attack 4)', {
    ...limited,
    serve: agreed((connection) => connection.write(serverFrame(BINARY, bomb, FIN | RSV1 | BINARY))),
    wire: 1009,
    error: 'MESSAGE_TOO_BIG',
    report: { messages: 0 },
    check: (_, report) => expect(report.error).toMatchObject({ limit: 4 * MIB }),
  });

  attack('a bomb in fragments without end (attack 4)', {
    ...limited,
    serve: agreed(async (connection) => {
      await connection.write(serverFrame(TEXT, zeros, RSV1 | TEXT));
      await connection.pour(serverFrame(0, zeros, 0));
    }),
    wire: 1009,
    error: 'MESSAGE_TOO_BIG',
    report: { messages: 0 },
  });

  attack('a bomb whose end is broken, behind the limit (attack 4)', {
    ...limited,
    serve: agreed((connection) =>
      connection.write(serverFrame(BINARY, Buffer.concat([bomb, broken]), FIN | RSV1 | BINARY)),
    ),
    wire: 1009,
    error: 'MESSAGE_TOO_BIG',
  });

  attack('many small bombs, each under the limit, pass without leaving anything behind (attack 4)', {
    ...limited,
    serve: agreed(async (connection) => {
      const small = serverFrame(BINARY, zeros.subarray(0, -4), FIN | RSV1 | BINARY);
      await connection.pour(small, 256 * small.length);
      connection.socket.end(closeFrame(1000));
    }),
    wire: 1000,
    report: { bytes: 256 * MIB, messages: 256, wasClean: true },
    // All 256 come in five reads of the socket. A few are held at a time; the rest is for the collector, in its time.
    growth: 160 * MIB,
  });
});

describe('data that is no deflate stream (attack 4, #99)', () => {
  const cases: [what: string, data: Uint8Array][] = [
    ['a block of the reserved type (attack 4)', broken],
    ['a distance beyond what came (attack 4)', Buffer.from([0x4b, 0x04, 0x42, 0x00])],
    [
      'a stored block whose length contradicts itself (attack 4)',
      Buffer.from([0x00, 0x05, 0x00, 0x05, 0x00]),
    ],
    ['random bytes (attack 4)', Buffer.from('e2a7c4f1908d6b3377fe01aa55c3', 'hex')],
  ];
  for (const [what, data] of cases) {
    attack(what, {
      serve: agreed((connection) => connection.write(serverFrame(BINARY, data, FIN | RSV1 | BINARY))),
      wire: 1007,
      error: 'INVALID_PAYLOAD',
      report: { messages: 0 },
    });
  }

  attack('broken data behind good messages, and more behind it (attack 4)', {
    serve: agreed((connection) => {
      const good = serverFrame(TEXT, piece(Buffer.from('good')).subarray(0, -4), FIN | RSV1 | TEXT);
      const bad = serverFrame(TEXT, broken, FIN | RSV1 | TEXT);
      return connection.write(Buffer.concat([good, good, bad, good, good]));
    }),
    wire: 1007,
    error: 'INVALID_PAYLOAD',
    report: { messages: 2 },
  });

  attack('text that is no UTF-8 once it is inflated (attack 4, attack 11)', {
    serve: agreed((connection) =>
      connection.write(
        serverFrame(TEXT, piece(Buffer.from([0x61, 0xc3, 0x28])).subarray(0, -4), FIN | RSV1 | TEXT),
      ),
    ),
    wire: 1007,
    error: 'INVALID_PAYLOAD',
  });
});
