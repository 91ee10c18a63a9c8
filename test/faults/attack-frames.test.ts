/** Frames that break the rules or the limits, against everything that connects. */
import { describe, expect } from 'vitest';
import { BINARY, closeFrame, PING, serverFrame, TEXT } from '../tools/server-frame.ts';
import { attacked } from './attacked.ts';
import type { HostileConnection } from './hostile-server.ts';

const MIB = 1024 * 1024;
const CONTINUATION = 0;
const { attack } = attacked();

/** Accepts, then writes. */
const send =
  (...parts: readonly Uint8Array[]) =>
  async (connection: HostileConnection): Promise<void> => {
    await connection.write(connection.answer());
    for (const part of parts) await connection.write(part);
  };

/** 'de ad' as bytes. */
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** The header of a frame with a 64-bit length. */
function header(first: number, length: bigint): Buffer {
  const bytes = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigUInt64BE(length, 2);
  return bytes;
}

describe('lengths that lie', () => {
  attack('2^63 - 1 (attack 1, #77)', {
    serve: send(header(0x82, 2n ** 63n - 1n)),
    wire: 1009,
    error: 'MESSAGE_TOO_BIG',
  });
  attack('the top bit (attack 1, #60)', {
    serve: send(header(0x82, 2n ** 63n)),
    wire: 1002,
    error: 'PROTOCOL',
  });
  attack('one byte over the default limit (attack 1, #74)', {
    serve: send(header(0x81, 64n * 1024n * 1024n + 1n)),
    wire: 1009,
    error: 'MESSAGE_TOO_BIG',
    check: (_, report) => expect(report.error).toMatchObject({ limit: 64 * MIB, size: 64 * MIB + 1 }),
  });
  attack('64 MiB declared, three bytes sent, then the end (attack 1)', {
    serve: async (connection) => {
      await send(header(0x82, 64n * 1024n * 1024n), hex('01 02 03'))(connection);
      connection.socket.end();
    },
    error: 'CONNECTION_LOST',
  });
});

describe('messages without end', () => {
  attack('fragments whose sum passes the limit (attack 2)', {
    options: { limits: { maxMessageBytes: 3 * MIB } },
    serve: async (connection) => {
      await connection.write(connection.answer());
      await connection.write(serverFrame(BINARY, Buffer.alloc(MIB), BINARY));
      await connection.pour(serverFrame(CONTINUATION, Buffer.alloc(MIB), CONTINUATION));
    },
    wire: 1009,
    error: 'MESSAGE_TOO_BIG',
    check: (_, report) => expect(report.error).toMatchObject({ limit: 3 * MIB, size: 4 * MIB }),
  });

  const empty = Buffer.alloc(2 * 8192); // 8,192 continuations without payload
  attack('empty fragments for ever (attack 3)', {
    serve: async (connection) => {
      await send(hex('02 00'))(connection);
      await connection.pour(empty);
    },
    wire: 1008,
    error: 'TOO_MANY_FRAGMENTS',
  });

  const bytes = Buffer.concat(Array.from({ length: 8192 }, () => hex('00 01 61')));
  attack('fragments of one byte for ever (attack 3)', {
    serve: async (connection) => {
      await send(hex('01 00'))(connection);
      await connection.pour(bytes);
    },
    wire: 1008,
    error: 'TOO_MANY_FRAGMENTS',
  });

  attack('4 MiB in 65,537 fragments are honest, and pass (attack 3)', {
    serve: async (connection) => {
      await connection.write(connection.answer());
      const part = serverFrame(CONTINUATION, Buffer.alloc(64, 'x'), CONTINUATION);
      const block = Buffer.concat(Array.from({ length: 1024 }, () => part));
      await connection.write(hex('01 00'));
      await connection.pour(block, 64 * block.length);
      connection.socket.end(Buffer.concat([hex('80 00'), closeFrame(1000)]));
    },
    wire: 1000,
    report: { messages: 1, bytes: 4 * MIB, wasClean: true },
  });
});

describe('frames that RFC 6455 forbids', () => {
  const frames: [what: string, digits: string][] = [
    ['a masked text (attack 7, #57)', '81 81 00 00 00 00 61'],
    ['a masked Ping (attack 7, #57)', '89 80 00 00 00 00'],
    ['RSV2 (attack 7, #58)', 'a1 01 61'],
    ['RSV3 (attack 7, #58)', '91 01 61'],
    ['RSV1 on a Ping (attack 7, #58, #101)', 'c9 00'],
    ['RSV1 on a continuation (attack 7, #58)', '01 01 61 c0 01 61'],
    ['opcode 3 (attack 7, #59)', '83 00'],
    ['opcode 7 (attack 7, #59)', '87 00'],
    ['opcode 11 (attack 7, #59)', '8b 00'],
    ['opcode 15 (attack 7, #59)', '8f 00'],
    ['a Ping in fragments (attack 8, #63)', '09 00'],
    ['a Close in fragments (attack 8, #63)', '08 02 03 e8'],
    ['a Ping of 126 bytes (attack 8, #63)', '89 7e 00 7e'],
    ['a Close of 2^63 - 1 bytes (attack 8, #63)', '88 7f 7f ff ff ff ff ff ff ff'],
    ['a continuation of nothing (attack 9, #62)', '80 01 61'],
    ['a continuation after the end of a message (attack 9, #62)', '01 01 61 80 01 62 80 01 63'],
    ['a text inside a text (attack 9, #62)', '01 01 61 81 01 62'],
    ['a binary inside a text (attack 9, #62)', '01 01 61 82 01 62'],
    ['a length in two bytes that fits one (attack 7, #60)', '82 7e 00 7d'],
    ['a length in eight bytes that fits two (attack 7, #60)', '82 7f 00 00 00 00 00 00 ff ff'],
  ];
  for (const [what, digits] of frames) {
    attack(what, { serve: send(hex(digits)), wire: 1002, error: 'PROTOCOL', report: { code: 1006 } });
  }
});

describe('Close frames that RFC 6455 forbids', () => {
  attack('half a code (attack 10, #68)', { serve: send(hex('88 01 03')), wire: 1002, error: 'PROTOCOL' });
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535]) {
    attack(`the code ${code} (attack 10, #68)`, {
      serve: send(closeFrame(code)),
      wire: 1002,
      error: 'PROTOCOL',
    });
  }
  attack('a reason that is not UTF-8 (attack 10, #68)', {
    serve: send(hex('88 04 03 e8 c3 28')),
    wire: 1007,
    error: 'INVALID_PAYLOAD',
  });
});

describe('what is odd, but allowed', () => {
  attack('is no cause to close: the client waits for the server (#61, #66, #86)', {
    serve: async (connection) => {
      await connection.write(connection.answer());
      // An empty text, a Pong that nobody asked for, an empty fragment, a message of three with a Ping inside.
      await connection.write(hex('81 00 8a 02 68 69 01 00 89 00 00 00 80 01 61 82 00'));
      await connection.untilBytes(6);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(connection.closeCodes).toEqual([]);
      connection.socket.end(closeFrame(1000));
    },
    wire: 1000,
    report: { messages: 3, bytes: 1, wasClean: true },
  });
});

describe('text that is not UTF-8', () => {
  const texts: [what: string, payload: string][] = [
    ['a surrogate (attack 11)', 'ed a0 80'],
    ['an overlong slash (attack 11)', 'c0 af'],
    ['an overlong form of three bytes (attack 11)', 'e0 80 af'],
    ['above U+10FFFF (attack 11)', 'f4 90 80 80'],
    ['cut inside a character (attack 11)', 'e2 82'],
  ];
  for (const [what, payload] of texts) {
    attack(what, { serve: send(serverFrame(TEXT, hex(payload))), wire: 1007, error: 'INVALID_PAYLOAD' });
  }

  attack('the first bad byte, long before the end of the frame (attack 11, #71)', {
    // Nothing follows: only a client that judges what has come notices.
    serve: send(Buffer.concat([header(0x81, 1024n * 1024n), hex('68 c3 28')])),
    wire: 1007,
    error: 'INVALID_PAYLOAD',
  });

  attack('characters cut by fragments and segments are honest, and pass (attack 11, #71)', {
    serve: async (connection) => {
      await connection.write(connection.answer());
      for (const byte of Buffer.concat([
        hex('01 03 e2 82 ac'),
        hex('00 02 f0 9f'),
        hex('89 00'),
        hex('00 01 98'),
        hex('80 01 80'),
        closeFrame(1000),
      ])) {
        await connection.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      connection.socket.end();
    },
    wire: 1000,
    report: { messages: 1, bytes: 3, wasClean: true },
  });
});

describe('ends', () => {
  attack('two Closes, and data behind them (attack 12, #85)', {
    serve: async (connection) => {
      await connection.write(connection.answer());
      connection.socket.end(
        Buffer.concat([closeFrame(1001, 'a'), closeFrame(1000, 'b'), serverFrame(TEXT, 'x'), hex('ff ff')]),
      );
    },
    wire: 1001,
    report: { code: 1001, wasClean: true, messages: 0 },
  });

  attack('a Close, then a reset (attack 12)', {
    serve: async (connection) => {
      await connection.write(Buffer.concat([Buffer.from(connection.answer()), closeFrame(1000)]));
      // The reset may overtake the Close in the client's kernel: one close event, whichever it was.
      connection.socket.resetAndDestroy();
    },
    report: { messages: 0 },
  });

  attack('a half-closed stream (attack 12, #87)', {
    serve: async (connection) => {
      connection.socket.removeAllListeners('end');
      await connection.write(connection.answer());
      connection.socket.end(serverFrame(TEXT, 'x'));
    },
    error: 'CONNECTION_LOST',
    report: { code: 1006, wasClean: false, messages: 1 },
  });

  attack('garbage without end behind a fault (attack 12, #85)', {
    serve: async (connection) => {
      await send(hex('83 00'))(connection);
      await connection.pour(Buffer.alloc(MIB, 0x81), 256 * MIB);
    },
    wire: 1002,
    error: 'PROTOCOL',
  });
});

/** The payload of the Pong at the end of `bytes`, if a whole one of that size stands there. */
function lastPong(bytes: Buffer): string {
  const size = 'the last'.length;
  const key = bytes.subarray(-size - 4, -size);
  return Buffer.from(bytes.subarray(-size).map((byte, at) => byte ^ (key[at % 4] as number))).toString();
}

describe('pings', () => {
  attack('a flood that is answered to nobody: the server does not read (attack 6, #65)', {
    serve: async (connection) => {
      await connection.write(connection.answer());
      connection.socket.pause();
      const flood = Buffer.concat(
        Array.from({ length: 512 }, () => serverFrame(PING, Buffer.alloc(125, 'p'))),
      );
      // 64 MiB of pings, whose pongs fill both kernels' buffers and then more than our high-water mark.
      await connection.pour(flood, 64 * MIB);
      await connection.write(serverFrame(PING, 'the last'));
      connection.socket.resume();
      await connection.until(() => lastPong(connection.last(64)) === 'the last');
      connection.socket.end(closeFrame(1000));
    },
    report: { code: 1000, wasClean: true },
    check: (connection) => {
      const pongs = connection.frames.filter(({ opcode }) => opcode === 10);
      // Far fewer than came; that the newest is among them was waited for.
      expect(pongs.length).toBeLessThan((64 * MIB) / 127 / 2);
    },
  });
});
