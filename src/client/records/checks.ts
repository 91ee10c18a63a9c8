/** What is refused of who reads records. */
import { checkArgument, checkCall, checkOptions, need } from '../../base/checks.ts';
import type { Called, OptionTable, Rule } from '../../base/need.ts';

/** What {@link trace} shows besides the facts. */
export interface TraceOptions {
  /**
   * How much of each payload a `frame` record shows, in bytes; `Infinity`: all of it. Messages hold what users write and what
   * servers tell: names, mails, tokens of others. Show it where nobody else reads, and keep no file of it longer than you must.
   * What the client itself sent as a credential is `[redacted]`. Default 0: nothing.
   */
  readonly preview?: number | undefined;
}

const TRACE: OptionTable<TraceOptions> = { preview: 'number' };

/** @throws UsageError for what is no function, or naming the option that is wrong */
export function checkTrace(tell: unknown, options: TraceOptions, called: Called): void {
  checkCall(called, () => {
    checkArgument('function', 'tell', tell, 'trace');
    checkOptions(TRACE, options, 'trace');
  });
}

/** What {@link diagnostics} publishes. */
export interface DiagnosticsOptions {
  /** Goes with each message, as `client`: which of several clients it is about. Default: undefined. */
  readonly client?: string | undefined;
  /** As for `trace()`. Default 0. */
  readonly preview?: number | undefined;
}

const DIAGNOSTICS: OptionTable<DiagnosticsOptions> = { client: 'string', preview: 'number' };

/** @throws UsageError naming the option that is wrong */
export function checkDiagnostics(options: DiagnosticsOptions, called: Called): void {
  checkCall(called, () => checkOptions(DIAGNOSTICS, options, 'diagnostics'));
}

const OTEL: OptionTable<{ tracer: unknown; meter: unknown; system: unknown }> = {
  tracer: { methods: ['startSpan'] },
  meter: { methods: ['createCounter', 'createHistogram'] },
  system: 'string',
};

/** @throws UsageError naming the option that is wrong */
export function checkOtel(options: object, called: Called): void {
  checkCall(called, () => {
    checkOptions<object>(OTEL, options, 'otel');
    const { tracer, meter } = options as { readonly tracer?: unknown; readonly meter?: unknown };
    need(tracer !== undefined || meter !== undefined, 'tracer', 'given, or meter: otel({ tracer })');
  });
}

/** @throws UsageError for what is no function */
export function checkWrite(write: unknown, called: Called): void {
  checkCall(called, () => checkArgument('function', 'write', write, called.name));
}

const RECORDS: Rule = { expected: 'a list of records, as trace(tell) tells them', isRight: Array.isArray };

/** @throws UsageError for what is no list */
export function checkRecords(records: unknown, called: Called): void {
  checkCall(called, () => checkArgument(RECORDS, 'records', records, called.name));
}

const RECORD: Rule = {
  expected: 'a record, as trace(tell) tells it',
  isRight: (record) => {
    const { type, time } = Object(record) as { readonly type?: unknown; readonly time?: unknown };
    return typeof type === 'string' && typeof time === 'number';
  },
};

/** @throws UsageError for what is none */
export function checkRecord(record: unknown, called: Called): void {
  checkCall(called, () => checkArgument(RECORD, 'record', record, called.name));
}
