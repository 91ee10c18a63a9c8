/** What transports around transports refuse before anything is begun. */
import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import type { Called, OptionTable } from '../base/need.ts';

/** How `awaitReply` waits. */
export interface AwaitReplyOptions {
  /** Milliseconds after which the next message leaves although nothing was answered. Default 10,000. */
  readonly timeout?: number | undefined;
}

const AWAIT_REPLY: OptionTable<AwaitReplyOptions> = { timeout: 'time' };

/** @throws UsageError naming the option that is wrong */
export function checkAwaitReply(options: AwaitReplyOptions, called: Called): void {
  checkCall(called, () => checkOptions(AWAIT_REPLY, options, 'awaitReply'));
}

/** @throws UsageError unless it is a positive number of milliseconds */
export function checkInterval(interval: number, called: Called): void {
  checkCall(called, () => checkArgument('time', 'atInterval', interval));
}

/** @throws UsageError unless it is a number of messages, and a positive number of milliseconds */
export function checkRate(messages: number, window: number, called: Called): void {
  checkCall(called, () => {
    checkArgument('count', 'messages', messages, 'atRate');
    checkArgument('time', 'window', window, 'atRate');
  });
}

/** The same, filled with defaults. */
export interface FallbackSettings {
  readonly after: number;
  readonly remember: number;
}

/** What `fallback` takes. All in milliseconds. */
export interface FallbackOptions {
  /** A wire that has not opened after so long is given up for the next. Default 5,000. */
  readonly after?: number | undefined;
  /** What worked is used first for so long; then the client's own is tried again. `Infinity`: for good. Default 600,000. */
  readonly remember?: number | undefined;
}

const FALLBACK: OptionTable<FallbackSettings> = { after: 'time', remember: 'number' };

/** @throws UsageError naming the option that is wrong */
export function checkFallback(others: unknown, options: FallbackOptions, called: Called): void {
  checkCall(called, () => {
    const isRight = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
    checkArgument({ expected: 'a list of one or more transports', isRight }, 'others', others, 'fallback');
    for (const [index, other] of Object.entries(others as readonly unknown[]))
      checkArgument('transport', `others[${index}]`, other, 'fallback');
    checkOptions<FallbackOptions>(FALLBACK, options, 'fallback');
  });
}
