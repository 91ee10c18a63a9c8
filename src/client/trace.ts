import type { Plugin } from '../base/plugin.ts';
import { checkTrace, type TraceOptions } from './records/checks.ts';
import { textLines } from './records/lines.ts';
import type { TraceRecord } from './records/record.ts';
import { type RecordedCore, record } from './records/recorder.ts';

export type { TraceOptions } from './records/checks.ts';

/**
 * The plugin that tells what a client does, as typed records: every phase of connecting, every frame, every change of state and
 * why, requests and how they ended, subscriptions, gaps, errors. Without arguments it prints them to the console. No credential
 * is in any record; payloads are left out unless `preview` asks for them. It sees what plugins before it in `use` have put
 * around the transport as one: give it last.
 *
 * @param tell - called with each record, at once; it must not call the client. What it throws is reported as uncaught. Default:
 * `textLines()`, one line a record on the console
 * @throws UsageError `INVALID_OPTION` for what is no function, or naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/socket', use: [trace()] });
 * ```
 */
export function trace(
  tell: (record: TraceRecord) => void = textLines(),
  options: TraceOptions = {},
): Plugin<RecordedCore> {
  checkTrace(tell, options, trace);
  const { preview = 0 } = options;
  return (core) => record(core, { preview, wants: () => true, tell });
}
