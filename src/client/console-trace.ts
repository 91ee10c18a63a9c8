import { quoted } from '../base/visible.ts';
import { Opcode, opcodeName } from '../protocol/opcode.ts';
import type { FrameTracer, TracedFrame } from '../protocol/trace.ts';
import { type ConsoleTraceOptions, checkConsoleTrace } from './checks.ts';

export type { ConsoleTraceOptions } from './checks.ts';

/** How much of a payload is printed. */
const MAX_PRINTED_CHARACTERS = 200;

/**
 * Prints every frame as one line, such as `-> text fin 12 B "Hello, World"`: `->` to the server, `<-` from it. Of a
 * compressed one it says both lengths, on the wire and as it is: `<- text fin 210 B for 1024`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const socket = await connect('ws://127.0.0.1:8765/', { trace: consoleTrace({ payload: true }) });
 * ```
 */
export function consoleTrace(options: ConsoleTraceOptions = {}): FrameTracer {
  checkConsoleTrace(options, consoleTrace);
  // biome-ignore lint/suspicious/noConsole: printing is what this function is for
  const { payload = false, write = (line) => console.log(line) } = options;
  return (frame) => write(payload ? `${headline(frame)} ${printed(frame)}`.trimEnd() : headline(frame));
}

function headline({ direction, opcode, fin, length, payload, compressed }: TracedFrame): string {
  const name = opcodeName(opcode) ?? `opcode ${opcode}`;
  return `${direction === 'out' ? '->' : '<-'} ${name}${fin ? ' fin' : ''} ${length} B${compressed ? ` for ${payload.length}` : ''}`;
}

function printed({ opcode, payload }: TracedFrame): string {
  if (payload.length === 0) return '';
  if (opcode === Opcode.close) {
    const code = ((payload[0] as number) << 8) | (payload[1] ?? 0);
    return `${code} ${text(payload.subarray(2))}`;
  }
  return text(payload);
}

function text(payload: Uint8Array): string {
  const begin = new TextDecoder().decode(payload.subarray(0, MAX_PRINTED_CHARACTERS));
  return quoted(begin) + (payload.length > MAX_PRINTED_CHARACTERS ? '…' : '');
}
