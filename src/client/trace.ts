import type { Plugin } from '../base/plugin.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import { checkTracer } from './checks.ts';

/**
 * The plugin that shows every frame of a client to `tracer`.
 *
 * @param tracer - what to call: `consoleTrace()` prints each frame as a line
 * @throws UsageError `INVALID_OPTION` for what is no function
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', use: [trace(consoleTrace())] });
 * ```
 */
export function trace(
  tracer: FrameTracer,
): Plugin<{ readonly connection: { readonly options: { trace?: FrameTracer | undefined } } }> {
  checkTracer(tracer, trace);
  return ({ connection: { options } }) => {
    options.trace = tracer;
  };
}
