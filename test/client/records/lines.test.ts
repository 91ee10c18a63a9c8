import { describe, expect, it, vi } from 'vitest';
import { formatRecord, jsonLines, textLines } from '../../../src/client/records/lines.ts';
import type { TraceRecord } from '../../../src/client/records/record.ts';

const time = Date.UTC(2026, 0, 1, 11, 20, 56, 120);
const error = { name: 'HandshakeError', code: 'CONNECT', message: 'No connection to a:1. Start the server.' };

const RECORDS: [record: TraceRecord, line: string][] = [
  [
    { type: 'connect', time, connection: 1, url: 'ws://a/', protocols: 2, headers: { Cookie: '[redacted]' } },
    '#1 connect ws://a/, 2 offered, Cookie: [redacted]',
  ],
  [{ type: 'connect', time, connection: 2, url: 'ws://a/', protocols: 0, headers: {} }, '#2 connect ws://a/'],
  [{ type: 'phase', time, connection: 1, phase: 'tls' }, '#1 tls'],
  [{ type: 'phase', time, connection: 1, phase: 'http', headers: { A: 'b' } }, '#1 http, A: b'],
  [
    {
      type: 'open',
      time,
      connection: 1,
      duration: 5.2,
      protocol: 'chat',
      extensions: '',
      headers: { server: 'x' },
    },
    '#1 open after 5.2 ms, chat, server: x',
  ],
  [
    { type: 'frame', time, connection: 1, direction: 'out', opcode: 'text', fin: true, length: 12 },
    '#1 -> text fin 12 B',
  ],
  [
    {
      type: 'frame',
      time,
      connection: 1,
      direction: 'in',
      opcode: 'continuation',
      fin: false,
      length: 9,
      inflated: 20,
      preview: 'a"\u009b',
      encoding: 'text',
      cut: true,
    },
    '#1 <- continuation 9 B for 20 "a\\"\\u009b"…',
  ],
  [
    {
      type: 'frame',
      time,
      connection: 1,
      direction: 'in',
      opcode: 'binary',
      fin: true,
      length: 3,
      preview: 'AQID',
      encoding: 'base64',
    },
    '#1 <- binary fin 3 B AQID',
  ],
  [
    { type: 'close', time, connection: 1, code: 4000, reason: 'b\nye', wasClean: true, duration: 9 },
    '#1 close 4000 "b\\nye" after 9 ms',
  ],
  [
    { type: 'close', time, connection: 1, code: 1006, reason: '', wasClean: false, duration: 9, error },
    '#1 close 1006 after 9 ms, not clean (CONNECT: No connection to a:1.)',
  ],
  [
    { type: 'state', time, from: 'ready', to: 'closed', reason: 'gave up', epoch: 1, why: 'closed: x' },
    'ready > closed: gave up (closed: x)',
  ],
  [{ type: 'request', time, id: 1, name: 'sum\u202e' }, 'request 1 sum\\u202e'],
  [
    { type: 'reply', time, id: 1, name: 'sum', duration: 3, outcome: 'replied' },
    'reply 1 sum: replied after 3 ms',
  ],
  [
    {
      type: 'reply',
      time,
      id: 2,
      name: 'sum',
      duration: 3,
      outcome: 'failed',
      error: { name: 'TypeError', message: 'x' },
    },
    'reply 2 sum: failed after 3 ms (TypeError: x)',
  ],
  [{ type: 'subscription', time, id: 1, name: 'ticks', status: 'active' }, 'subscription 1 ticks: active'],
  [
    { type: 'gap', time, previousEpoch: 1, epoch: 2, duration: 30, recovered: false },
    'gap epoch 1 > 2, 30 ms, not recovered',
  ],
  [
    { type: 'gap', time, previousEpoch: 1, epoch: 1, duration: 0, recovered: true, subscription: 'ticks' },
    'gap of ticks, 0 ms, recovered',
  ],
  [{ type: 'drop', time, outcome: 'not-sent', error }, 'drop, not-sent (CONNECT: No connection to a:1.)'],
  [{ type: 'error', time, error }, 'error (CONNECT: No connection to a:1.)'],
  [{ type: 'rtt', time, rtt: 12, smoothed: 11 }, 'rtt 12 ms, smoothed 11 ms'],
];

describe('a record as a line', () => {
  it.each(RECORDS)('%j', (record, line) => {
    expect(formatRecord(record)).toBe(`11:20:56.120 ${line}`);
    const written = vi.fn();
    textLines(written)(record);
    expect(written).toHaveBeenCalledWith(`11:20:56.120 ${line}`);
  });

  it.each(RECORDS)('JSON: %j', (record) => {
    const written: string[] = [];
    jsonLines((line) => written.push(line))(record);
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] as string)).toEqual(JSON.parse(JSON.stringify(record)));
    expect(written[0]).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u);
  });

  it('refuses what cannot be called', () => {
    expect(() => textLines(7 as never)).toThrow('The option write of textLines must be a function');
    expect(() => jsonLines(undefined as never)).toThrow('The option write of jsonLines must be a function');
  });
});
