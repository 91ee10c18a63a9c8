import { checkCall, checkOptions } from '../../base/checks.ts';
import { UsageError } from '../../base/errors.ts';
import type { Called, OptionTable } from '../../base/need.ts';
import { checkHeaderFields } from '../../protocol/header-field.ts';
import { checkSubprotocols } from '../../protocol/subprotocol.ts';
import type { TransportRequest } from '../transport.ts';
import type { PollingOptions } from './options.ts';

const POLLING: OptionTable<PollingOptions<never>> = {
  start: 'function!',
  poll: 'function!',
  parse: 'function!',
  send: 'function',
  sent: 'function',
  end: 'function',
  accept: 'function',
  interval: 'number',
  hold: {
    expected: 'a number, 0 or more, or a function',
    isRight: (value) => typeof value === 'function' || (typeof value === 'number' && value >= 0),
  },
  carries: 'function',
  timeout: 'time',
  maxBatch: 'count',
  repeats: 'boolean',
  keeps: 'boolean',
  forgotten: { methods: ['includes'] },
  separator: {
    expected: 'a text that is not empty',
    isRight: (value) => typeof value === 'string' && value !== '',
  },
  credentials: ['omit', 'same-origin', 'include'],
  fetch: 'function',
};

/** @throws UsageError naming the option that is wrong */
export function checkPolling<Session>(options: PollingOptions<Session>, called: Called): void {
  checkCall(called, () => checkOptions<PollingOptions<Session>>(POLLING, options, 'pollingTransport'));
}

/** @throws UsageError for what cannot travel: `INVALID_SUBPROTOCOL`, `INVALID_HEADER`, `UNSUPPORTED` */
export function checkPollingRequest({ protocols, headers }: TransportRequest, hasAccept: boolean): void {
  checkSubprotocols(protocols);
  checkHeaderFields(headers);
  if (protocols.length > 0 && !hasAccept)
    throw new UsageError('UNSUPPORTED', { detail: 'polling-protocols' });
}

/** Of a preset with one option, a number of milliseconds. @throws UsageError naming the option that is wrong */
export function checkPreset(options: object, time: string, called: Called): void {
  const table = { [time]: 'number' } satisfies OptionTable<Record<string, unknown>>;
  checkCall(called, () => checkOptions<object>(table, options, called.name));
}
