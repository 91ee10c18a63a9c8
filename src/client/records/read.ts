/** Records, read again: from the text of a file, and the messages in them. */
import { checkArgument, checkCall, startStackBelow } from '../../base/checks.ts';
import { UsageError } from '../../base/errors.ts';
import type { Called } from '../../base/need.ts';
import { fromBase64 } from '../../transport/base64.ts';
import { checkRecords } from './checks.ts';
import type { CloseRecord, FrameRecord, TraceRecord } from './record.ts';

/** A whole message of a recorded session. */
export interface RecordedMessage {
  /** Which connection it crossed. */
  readonly connection: number;
  /** `in`: from the server; `out`: to it. */
  readonly direction: 'in' | 'out';
  /** When its last frame crossed, in milliseconds since 1970 UTC. */
  readonly time: number;
  /** Text as a string. Where a credential stood: `[redacted]`. */
  readonly data: string | Uint8Array;
}

/**
 * Reads what `jsonLines()` has written. Empty lines are passed over.
 *
 * @throws UsageError `INVALID_DATA` (`record`) naming the line that is none
 * @example
 * ```ts
 * const records = readRecords(readFileSync('session.jsonl', 'utf8'));
 * ```
 */
export function readRecords(text: string): TraceRecord[] {
  checkCall(readRecords, () => checkArgument('string', 'text', text, 'readRecords'));
  // Not returned at once: JavaScriptCore takes the frame of a tail call off the stack, and the error would have none below it.
  const records = recordsIn(text, readRecords);
  return records;
}

/** As {@link readRecords}, for the public function `called`. */
export function recordsIn(text: string, called: Called): TraceRecord[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      // Refused below: the parser's own words would quote the line.
    }
    const { type, time } = Object(record) as Partial<TraceRecord>;
    if (typeof type !== 'string' || typeof time !== 'number') {
      const error = new UsageError('INVALID_DATA', { detail: 'record', index: at + 1 });
      startStackBelow(called, error);
      throw error;
    }
    return [record as TraceRecord];
  });
}

/**
 * The messages of a session, in the order in which they were whole.
 *
 * @throws UsageError `INVALID_DATA` (`record-cut`) where `preview` did not show all of one
 */
export function messagesOf(records: readonly TraceRecord[]): RecordedMessage[] {
  checkRecords(records, messagesOf);
  return messagesBy(records).filter((message) => message !== undefined);
}

/**
 * As {@link messagesOf}, beside the record with which each message was whole: for records without one, undefined.
 *
 * @throws UsageError `INVALID_DATA` (`record-cut`) where `preview` did not show all of one
 */
export function messagesBy(records: readonly TraceRecord[]): (RecordedMessage | undefined)[] {
  const begun = new Map<string, { isText: boolean; parts: Uint8Array[] }>();
  return records.map((record, at) => {
    if (record.type !== 'frame' || !['text', 'binary', 'continuation'].includes(record.opcode))
      return undefined;
    const { connection, direction, time, opcode, fin } = record;
    const key = `${connection} ${direction}`;
    if (opcode !== 'continuation') begun.set(key, { isText: opcode === 'text', parts: [] });
    const message = begun.get(key);
    if (message === undefined) return undefined;
    message.parts.push(bytesOf(record, at));
    if (!fin) return undefined;
    begun.delete(key);
    const bytes = joined(message.parts);
    return { connection, direction, time, data: message.isText ? new TextDecoder().decode(bytes) : bytes };
  });
}

/** Whether the client began to close: by its Close frame, or, where frames are not told, by its state. */
export function isOurs(records: readonly TraceRecord[], end: CloseRecord): boolean {
  const before = records.slice(0, records.indexOf(end));
  const close = before.find(
    (record) => record.type === 'frame' && record.connection === end.connection && record.opcode === 'close',
  );
  if (close?.type === 'frame') return close.direction === 'out';
  const last = before.filter((record) => record.type === 'state').at(-1);
  return last?.to === 'closing' || (end.error !== undefined && end.error.code === 'HEARTBEAT_TIMEOUT');
}

function bytesOf({ preview, encoding, cut }: FrameRecord, at: number): Uint8Array {
  if (preview === undefined || cut === true)
    throw new UsageError('INVALID_DATA', { detail: 'record-cut', index: at + 1 });
  return encoding === 'text' ? new TextEncoder().encode(preview) : fromBase64(preview);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
