/** Records as lines: for people, and for programs. */
import { shownTime } from '../../base/shown-time.ts';
import { quoted, visible } from '../../base/visible.ts';
import { checkRecord, checkWrite } from './checks.ts';
import type { ErrorSummary, FrameRecord, TraceRecord } from './record.ts';

/**
 * Prints each record as one line for people: `11:20:56.120 #1 -> text fin 12 B`. Nothing of the server's can break the line
 * or speak to a terminal.
 *
 * @param write - takes each line, without its end. Default `console.log`
 * @returns what `trace()` takes
 * @throws UsageError `INVALID_OPTION` for what is no function
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/socket', use: [trace(textLines(console.error))] });
 * ```
 */
export function textLines(
  // biome-ignore lint/suspicious/noConsole: printing is what this function is for
  write: (line: string) => void = (line) => console.log(line),
): (record: TraceRecord) => void {
  checkWrite(write, textLines);
  return (record) => write(formatRecord(record));
}

/**
 * Writes each record as one line of JSON (https://jsonlines.org): for a file that `replay()`, `inferContract()` or `jq` reads.
 *
 * @param write - takes each line, its end included
 * @returns what `trace()` takes
 * @throws UsageError `INVALID_OPTION` for what is no function
 * @example
 * ```ts
 * const file = createWriteStream('session.jsonl');
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   use: [trace(jsonLines((line) => file.write(line)))],
 * });
 * ```
 */
export function jsonLines(write: (line: string) => void): (record: TraceRecord) => void {
  checkWrite(write, jsonLines);
  return (record) => write(`${visible(JSON.stringify(record))}\n`);
}

/**
 * One record as one line for people, without its end.
 *
 * @throws UsageError `INVALID_OPTION` for what is no record
 */
export function formatRecord(record: TraceRecord): string {
  checkRecord(record, formatRecord);
  const who = 'connection' in record ? `#${record.connection} ` : '';
  return visible(`${shownTime(record.time)} ${who}${said(record)}`);
}

function said(record: TraceRecord): string {
  switch (record.type) {
    case 'connect': {
      const { url, protocols, headers } = record;
      return `connect ${url}${protocols > 0 ? `, ${protocols} offered` : ''}${listed(headers)}`;
    }
    case 'phase':
      return `${record.phase}${listed(record.headers)}`;
    case 'open': {
      const { duration, protocol, extensions, headers } = record;
      const agreed = [protocol, extensions].filter((one) => one !== '').map((one) => `, ${one}`);
      return `open after ${duration} ms${agreed.join('')}${listed(headers)}`;
    }
    case 'frame':
      return frame(record);
    case 'close': {
      const { code, reason, wasClean, duration, error } = record;
      const why = reason === '' ? '' : ` ${quoted(reason)}`;
      return `close ${code}${why} after ${duration} ms${wasClean ? '' : ', not clean'}${because(error)}`;
    }
    case 'state':
      return `${record.from} > ${record.to}: ${record.reason} (${record.why})`;
    case 'request':
      return `request ${record.id} ${record.name}`;
    case 'reply': {
      const { id, name, outcome, duration, error } = record;
      return `reply ${id} ${name}: ${outcome} after ${duration} ms${because(error)}`;
    }
    case 'subscription':
      return `subscription ${record.id} ${record.name}: ${record.status}${because(record.error)}`;
    case 'gap': {
      const { previousEpoch, epoch, duration, recovered, subscription } = record;
      const whose = subscription === undefined ? `epoch ${previousEpoch} > ${epoch}` : `of ${subscription}`;
      return `gap ${whose}, ${duration} ms, ${recovered ? 'recovered' : 'not recovered'}`;
    }
    case 'drop':
      return `drop, ${record.outcome}${because(record.error)}`;
    case 'error':
      return `error${because(record.error)}`;
    case 'rtt':
      return `rtt ${record.rtt} ms, smoothed ${record.smoothed} ms`;
  }
}

function frame({ direction, opcode, fin, length, inflated, preview, encoding, cut }: FrameRecord): string {
  const size = inflated === undefined ? `${length} B` : `${length} B for ${inflated}`;
  const text = encoding === 'text' ? quoted(preview as string) : (preview ?? '');
  const shown = preview === undefined ? '' : ` ${text}`;
  return `${direction === 'out' ? '->' : '<-'} ${opcode}${fin ? ' fin' : ''} ${size}${shown}${cut ? '…' : ''}`;
}

function listed(headers: Readonly<Record<string, string>> = {}): string {
  return Object.entries(headers)
    .map(([name, value]) => `, ${name}: ${value}`)
    .join('');
}

/** The first sentence of an error: the rest is advice. */
function because(error: ErrorSummary | undefined): string {
  if (error === undefined) return '';
  const [sentence] = error.message.split(/(?<=\.) /, 1);
  return ` (${error.code ?? error.name}: ${sentence})`;
}
