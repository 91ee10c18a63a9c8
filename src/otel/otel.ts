/**
 * What a client does, for OpenTelemetry. Names are those of the semantic conventions 1.45: `rpc.*` (rpc/rpc-spans,
 * rpc/rpc-metrics), `server.*`, `url.*`, `network.*`, `error.type` (registry). Where they have none, the name begins with
 * `holdline.`.
 */
import type { Plugin } from '../base/plugin.ts';
import { checkOtel } from '../client/records/checks.ts';
import type { ErrorSummary, TraceRecord } from '../client/records/record.ts';
import { type RecordedCore, record } from '../client/records/recorder.ts';

/** Attributes of spans and measurements. */
export type OtelAttributes = Record<string, string | number | boolean>;

/** What `@opentelemetry/api` calls a `Span`, as far as it is used. */
export interface OtelSpan {
  /** Adds what is known later. */
  setAttributes(attributes: OtelAttributes): unknown;
  /** Something happened on the way. */
  addEvent(name: string): unknown;
  /** 2 is `ERROR`. */
  setStatus(status: { code: 2; message?: string }): unknown;
  /** It is over, now. */
  end(): void;
}

/** What `@opentelemetry/api` calls a `Tracer`: that of `trace.getTracer('…')`. */
export interface OtelTracer {
  /** Begins a span below the active one. Kind 2 is `CLIENT`. */
  startSpan(name: string, options: { kind: 2; attributes: OtelAttributes }): OtelSpan;
}

/** What `@opentelemetry/api` calls a `Counter`. */
export interface OtelCounter {
  /** Counts on. */
  add(value: number, attributes?: OtelAttributes): void;
}

/** What `@opentelemetry/api` calls a `Histogram`. */
export interface OtelHistogram {
  /** Takes one measurement. */
  record(value: number, attributes?: OtelAttributes): void;
}

/** What `@opentelemetry/api` calls a `Meter`: that of `metrics.getMeter('…')`. */
export interface OtelMeter {
  /** Makes a counter. */
  createCounter(name: string, options: { description: string; unit: string }): OtelCounter;
  /** Makes a histogram. */
  createHistogram(name: string, options: { description: string; unit: string }): OtelHistogram;
}

/** What {@link otel} writes to. */
export interface OtelOptions {
  /** Gets spans: one a connection attempt, one a request. Default: none are made. */
  readonly tracer?: OtelTracer | undefined;
  /**
   * Gets metrics: messages each way, reconnects, how long requests take. Default: none. To count messages each frame is looked
   * at, which costs a connection with very many of them some of its speed.
   */
  readonly meter?: OtelMeter | undefined;
  /** The protocol of the requests, as `rpc.system.name`. Default `jsonrpc`, as `createClient` speaks. */
  readonly system?: string | undefined;
}

const CLIENT = 2;
const ERROR = 2;

/**
 * The plugin that makes spans and metrics of OpenTelemetry. It needs no package: the tracer and the meter are yours.
 *
 * Spans, of kind `CLIENT`: `websocket connect` from the attempt to the handshake's end, with an event for each phase; one for
 * each request, named after its method, below the span that was active when it was asked for. Metrics: `holdline.client.messages`
 * by `network.io.direction`, `holdline.client.reconnects`, `rpc.client.call.duration` in seconds. No credential is in any of
 * them, and of what messages hold only what the server said when it refused a request.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * import { metrics, trace } from '@opentelemetry/api';
 * import { otel } from 'holdline/otel';
 *
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   use: [otel({ tracer: trace.getTracer('shop'), meter: metrics.getMeter('shop') })],
 * });
 * ```
 */
export function otel(options: OtelOptions): Plugin<RecordedCore> {
  checkOtel(options, otel);
  return (core) => {
    const { tracer, meter, system = 'jsonrpc' } = options;
    const readers = [
      ...(tracer === undefined ? [] : [spans(tracer, system)]),
      ...(meter === undefined ? [] : [measurements(meter, system)]),
    ];
    record(core, {
      preview: 0,
      wants: (type) => readers.some((reader) => reader[type] !== undefined),
      tell: (told) => {
        for (const reader of readers) (reader[told.type] as ((one: TraceRecord) => void) | undefined)?.(told);
      },
    });
  };
}

/** What is done with each type of record. */
type Readers = {
  readonly [Type in TraceRecord['type']]?: (told: Extract<TraceRecord, { type: Type }>) => void;
};

function spans(tracer: OtelTracer, system: string): Readers {
  const connecting = new Map<number, OtelSpan>();
  const asking = new Map<number, OtelSpan>();
  /** Where it is connected to: requests are asked there. */
  let server: OtelAttributes = {};
  const end = (of: Map<number, OtelSpan>, key: number, error?: ErrorSummary): void => {
    const span = of.get(key);
    of.delete(key);
    if (error !== undefined) {
      span?.setAttributes({ 'error.type': error.code ?? error.name });
      span?.setStatus({ code: ERROR, message: error.message });
    }
    span?.end();
  };
  return {
    connect: ({ connection, url }) => {
      const attributes = { ...addressOf(url), 'network.protocol.name': 'websocket' };
      connecting.set(connection, tracer.startSpan('websocket connect', { kind: CLIENT, attributes }));
      server = serverOf(url);
    },
    phase: ({ connection, phase }) => void connecting.get(connection)?.addEvent(phase),
    open: ({ connection }) => end(connecting, connection),
    close: ({ connection, error }) => end(connecting, connection, error ?? GIVEN_UP),
    request: ({ id, name }) => {
      const attributes = { 'rpc.system.name': system, 'rpc.method': name, ...server };
      asking.set(id, tracer.startSpan(name, { kind: CLIENT, attributes }));
    },
    reply: ({ id, error }) => end(asking, id, error),
  };
}

/** An attempt that ended without an error, and without a connection. */
const GIVEN_UP: ErrorSummary = {
  name: 'HandshakeError',
  code: 'HANDSHAKE_CLOSED',
  message: 'It was given up.',
};

function measurements(meter: OtelMeter, system: string): Readers {
  const messages = meter.createCounter('holdline.client.messages', {
    description: 'Messages that crossed a connection.',
    unit: '{message}',
  });
  const reconnects = meter.createCounter('holdline.client.reconnects', {
    description: 'Times that a client was ready again.',
    unit: '{reconnect}',
  });
  const durations = meter.createHistogram('rpc.client.call.duration', {
    description: 'Duration of requests.',
    unit: 's',
  });
  return {
    frame: ({ direction, opcode, fin }) => {
      if (!fin || !['text', 'binary', 'continuation'].includes(opcode)) return;
      messages.add(1, { 'network.io.direction': direction === 'out' ? 'transmit' : 'receive' });
    },
    state: ({ from, to, epoch, reason }) => {
      const isNew = to === 'ready' && (from !== 'ready' || reason === 'handed over');
      if (isNew && epoch > 1) reconnects.add(1);
    },
    reply: ({ name, duration, error }) => {
      const failed = error === undefined ? {} : { 'error.type': error.code ?? error.name };
      durations.record(duration / 1_000, { 'rpc.system.name': system, 'rpc.method': name, ...failed });
    },
  };
}

function serverOf(url: string): OtelAttributes {
  if (!URL.canParse(url)) return {};
  const { protocol, hostname, port } = new URL(url);
  if (hostname === '') return {};
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'wss:' ? 443 : 80) };
}

function addressOf(url: string): OtelAttributes {
  if (!URL.canParse(url)) return {};
  const { protocol, pathname } = new URL(url);
  return { ...serverOf(url), 'url.scheme': protocol.slice(0, -1), 'url.path': pathname };
}
