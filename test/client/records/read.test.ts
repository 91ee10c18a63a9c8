import { describe, expect, it } from 'vitest';
import { jsonLines } from '../../../src/client/records/lines.ts';
import { messagesOf, readRecords } from '../../../src/client/records/read.ts';
import type { FrameRecord } from '../../../src/client/records/record.ts';

const frame = (about: Partial<FrameRecord>): FrameRecord => ({
  type: 'frame',
  time: 1,
  connection: 1,
  direction: 'in',
  opcode: 'text',
  fin: true,
  length: 2,
  preview: 'hi',
  encoding: 'text',
  ...about,
});

describe('readRecords', () => {
  it('reads what jsonLines has written', () => {
    let file = '';
    const write = jsonLines((line) => {
      file += line;
    });
    const records = [frame({}), frame({ preview: 'a\u202e"\n', time: 2 })];
    for (const record of records) write(record);
    expect(readRecords(`${file}\n\r\n`)).toEqual(records);
  });

  it.each(['nonsense', '7', '{"type":"frame"}', '{"time":1}', '{"type":1,"time":1}', 'null'])(
    'names the line that is none: %s',
    (line) => {
      expect(() => readRecords(`\n${line}`)).toThrow(
        expect.objectContaining({
          code: 'INVALID_DATA',
          detail: 'record',
          message: expect.stringContaining('Line 2 '),
        }),
      );
    },
  );
});

describe('messagesOf', () => {
  it('puts fragments together, of each direction and connection for itself', () => {
    expect(
      messagesOf([
        frame({ fin: false, preview: 'w8', encoding: 'base64' }),
        frame({ direction: 'out', opcode: 'binary', preview: 'AQI=', encoding: 'base64', time: 2 }),
        frame({ opcode: 'ping', preview: undefined }),
        { type: 'gap', time: 2, previousEpoch: 1, epoch: 2, duration: 0, recovered: true },
        frame({ connection: 2, preview: 'two' }),
        frame({ opcode: 'continuation', preview: 'qQ==', encoding: 'base64', time: 3 }),
        frame({ opcode: 'continuation', connection: 3, preview: 'of nothing' }),
      ]),
    ).toEqual([
      { connection: 1, direction: 'out', time: 2, data: Uint8Array.of(1, 2) },
      { connection: 2, direction: 'in', time: 1, data: 'two' },
      { connection: 1, direction: 'in', time: 3, data: 'é' },
    ]);
  });

  it.each([{ preview: undefined }, { cut: true as const }])('refuses what is not whole: %j', (about) => {
    expect(() => messagesOf([frame({}), frame(about)])).toThrow('Record 2 does not hold its whole message.');
  });
});
