/** What a pacing refuses before anything is begun. */
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
