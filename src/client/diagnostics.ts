import type { Plugin } from '../base/plugin.ts';
import { builtin } from '../transport/tcp/builtin.ts';
import { checkDiagnostics, type DiagnosticsOptions } from './records/checks.ts';
import type { TraceRecord } from './records/record.ts';
import { type RecordedCore, record } from './records/recorder.ts';

export type { DiagnosticsOptions } from './records/checks.ts';

/** Every type of record, each a channel: the type sees to it that none is forgotten. */
const TYPES: Readonly<Record<TraceRecord['type'], true>> = {
  connect: true,
  phase: true,
  open: true,
  frame: true,
  close: true,
  state: true,
  request: true,
  reply: true,
  subscription: true,
  gap: true,
  drop: true,
  error: true,
  rtt: true,
};

/** What is published: the record that `trace()` tells, and whose it is. */
export type DiagnosticsMessage = TraceRecord & {
  /** As given to {@link diagnostics}. */
  readonly client: string | undefined;
};

/**
 * The plugin that publishes what a client does on channels of Node's `diagnostics_channel`: `holdline:connect`, `holdline:open`,
 * `holdline:frame`, `holdline:close`, `holdline:state`, `holdline:request`, `holdline:reply` and so on, one for each type of
 * record that `trace()` tells. Where nobody has subscribed to a channel, nothing is made for it; frames are watched on
 * connections that begin while somebody listens to `holdline:frame`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import { diagnostics } from 'holdline/node';
 *
 * subscribe('holdline:reply', (reply) => console.log(reply));
 * const client = createClient({ url: 'wss://example.com/socket', use: [diagnostics({ client: 'prices' })] });
 * ```
 */
export function diagnostics(options: DiagnosticsOptions = {}): Plugin<RecordedCore> {
  checkDiagnostics(options, diagnostics);
  const { client, preview = 0 } = options;
  return (core) => {
    const { channel } = builtin('node:diagnostics_channel');
    const types = Object.keys(TYPES) as TraceRecord['type'][];
    const channels = new Map(types.map((type) => [type, channel(`holdline:${type}`)]));
    record(core, {
      preview,
      wants: (type) => channels.get(type)?.hasSubscribers === true,
      tell: (told) => channels.get(told.type)?.publish({ ...told, client } satisfies DiagnosticsMessage),
    });
  };
}
