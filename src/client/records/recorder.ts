/**
 * The one machine that writes records: a transport around the client's own, and a listener. Traces, channels of
 * `node:diagnostics_channel` and spans of OpenTelemetry are readers of what it writes.
 */
import type { Clock } from '../../base/clock.ts';
import { isolated } from '../../base/emitter.ts';
import { type DeliveryOutcome, isHoldlineError, isKind } from '../../base/errors.ts';
import { shownUrl } from '../../base/shown-url.ts';
import type { ConnectionOptions } from '../../connection/connection-options.ts';
import type { Diagnosis } from '../../connection/why.ts';
import type { Subscription } from '../../messaging/subscription.ts';
import { opcodeName } from '../../protocol/opcode.ts';
import type { TracedFrame } from '../../protocol/trace.ts';
import { isPublicField, secrets } from '../../transport/secrets.ts';
import type { Transport, TransportRequest, TransportSink } from '../../transport/transport.ts';
import { hearing } from '../../transport/wrapped-transport.ts';
import type { Core, Watch } from '../core.ts';
import { previewOf } from './preview.ts';
import type { ErrorSummary, FrameName, TraceRecord } from './record.ts';

/** What a recorder needs of a client. */
export interface RecordedCore extends Pick<Core, 'on' | 'clock'> {
  /** The connection of the client. */
  readonly connection: {
    readonly options: Pick<ConnectionOptions, 'transport' | 'secrets'>;
    readonly diagnosis: Pick<Diagnosis, 'summary'>;
  };
  /** Who is told of requests and subscriptions. */
  watch?: Watch | undefined;
}

/** Who reads the records. */
export interface RecordReader {
  /** Most bytes of each payload that a frame's record shows. */
  readonly preview: number;
  /** Whether it wants records of a type now. Those of frames are asked for once for each connection. */
  wants(type: TraceRecord['type']): boolean;
  /** Gets each record, at once. */
  tell(record: TraceRecord): void;
}

/** A record without its time. */
type Untimed<R> = R extends TraceRecord ? Omit<R, 'time'> : never;

const REDACTED = '[redacted]';

/** Writes records of a client from now on. Called before its first attempt. */
export function record(core: RecordedCore, reader: RecordReader): void {
  const { options } = core.connection;
  const recorder = new Recorder(core, reader);
  const { transport } = options;
  // A page without a way to log in knows no secrets: one whose messages are written down must.
  options.secrets ??= secrets();
  options.transport = (request, sink) => recorder.connect(request, sink, transport);
  recorder.listen(core);
  const before = core.watch;
  core.watch = {
    request: (name) => {
      const first = before?.request(name);
      const second = recorder.request(name);
      return first && second ? (reply) => second(first(reply)) : (first ?? second);
    },
    subscription: (one) => {
      before?.subscription(one);
      recorder.subscription(one);
    },
  };
}

/** Writes records of connections alone, for who has no client: the command line. */
export function recordConnections(
  clock: Clock,
  reader: RecordReader,
): (transport: ConnectionOptions['transport']) => ConnectionOptions['transport'] {
  const connection = { diagnosis: { summary: '' } };
  const recorder = new Recorder({ clock, connection }, reader);
  return (transport) => (request, sink) => recorder.connect(request, sink, transport);
}

class Recorder {
  readonly #clock: Clock;
  readonly #connection: { readonly diagnosis: Pick<Diagnosis, 'summary'> };
  readonly #reader: RecordReader;
  /** How many there have been. */
  readonly #counts = { connection: 0, request: 0, subscription: 0 };

  constructor(
    {
      clock,
      connection,
    }: Pick<RecordedCore, 'clock'> & {
      readonly connection: { readonly diagnosis: Pick<Diagnosis, 'summary'> };
    },
    reader: RecordReader,
  ) {
    this.#clock = clock;
    this.#connection = connection;
    this.#reader = reader;
  }

  /** One attempt, of which the transport tells us what it tells the client. */
  connect(
    request: TransportRequest,
    sink: TransportSink,
    transport: ConnectionOptions['transport'],
  ): Transport {
    const connection = ++this.#counts.connection;
    const { url, protocols, secrets: known, onPhase, trace } = request;
    this.#tell('connect', () => ({
      connection,
      url: shownUrl(url),
      protocols: protocols.length,
      headers: redacted(request.headers),
    }));
    const clean = <T>(said: T): T => known?.clean?.(said) ?? said;
    const watched: TransportRequest = {
      ...request,
      onPhase: (phase, headers) => {
        onPhase?.(phase, headers);
        this.#tell('phase', () => ({ connection, phase, headers: headers && redacted(headers) }));
      },
      trace: this.#reader.wants('frame')
        ? (frame) => {
            trace?.(frame);
            this.#tell('frame', () => ({ connection, ...this.#frame(frame, clean) }));
          }
        : trace,
    };
    return transport(watched, this.#hears(sink, connection, request, clean));
  }

  /** The sink of a connection, of whose beginning and end we are told first. */
  #hears(
    sink: TransportSink,
    connection: number,
    { protocols, secrets: known }: TransportRequest,
    clean: <T>(said: T) => T,
  ): TransportSink {
    const begun = this.#clock.now();
    const duration = (): number => this.#since(begun);
    // As the client itself does once it is told: what was offered and not chosen may be a token.
    const offered = (chosen?: string): void =>
      known?.add(
        protocols.filter((one) => one !== chosen),
        false,
      );
    let isOpen = false;
    return {
      ...hearing(sink),
      open: (info) => {
        isOpen = true;
        offered(info.protocol);
        this.#tell('open', () => {
          const { protocol, extensions, headers } = clean(info);
          const told = headers && Object.fromEntries(headers);
          return { connection, duration: duration(), protocol, extensions, headers: told };
        });
        sink.open(info);
      },
      close: (closure) => {
        if (!isOpen) offered();
        this.#tell('close', () => {
          const { code, reason, wasClean, error } = clean(closure);
          return { connection, code, reason, wasClean, duration: duration(), error: summaryOf(error) };
        });
        sink.close(closure);
      },
    };
  }

  /** What the client tells of itself. */
  listen({ on }: RecordedCore): void {
    on('state', ({ previous, current: { status, reason, epoch, retryAt } }) =>
      this.#tell('state', () => {
        const why = this.#connection.diagnosis.summary;
        return { from: previous.status, to: status, reason, epoch, why, retryAt };
      }),
    );
    on('gap', (gap) => this.#tell('gap', () => ({ ...gap })));
    on('drop', (error) =>
      this.#tell('drop', () => ({ outcome: error.outcome, error: summaryOf(error) as ErrorSummary })),
    );
    on('error', (error) => this.#tell('error', () => ({ error: summaryOf(error) as ErrorSummary })));
    on('rtt', ({ rtt, smoothed }) =>
      this.#tell('rtt', () => ({ rtt: tenths(rtt), smoothed: tenths(smoothed) })),
    );
  }

  /** A request begins; what it settles with is handed on as it is. */
  request(name: string): ((reply: Promise<unknown>) => Promise<unknown>) | undefined {
    if (!this.#reader.wants('request') && !this.#reader.wants('reply')) return undefined;
    const id = ++this.#counts.request;
    const begun = this.#clock.now();
    this.#tell('request', () => ({ id, name }));
    const settled = (outcome: string, error?: unknown): void =>
      this.#tell('reply', () => {
        const told = outcome as DeliveryOutcome;
        return { id, name, duration: this.#since(begun), outcome: told, error: summaryOf(error) };
      });
    return (reply) =>
      reply.then(
        (result) => {
          settled('replied');
          return result;
        },
        (error: unknown) => {
          settled(outcomeOf(error), error);
          throw error;
        },
      );
  }

  /** A subscription, from its beginning to its end. */
  subscription(one: Pick<Subscription<unknown>, 'name' | 'status' | 'onStatus' | 'closed'>): void {
    const id = ++this.#counts.subscription;
    const { name } = one;
    const tell = (status: Subscription<unknown>['status'], error?: unknown): void =>
      this.#tell('subscription', () => ({ id, name, status, error: summaryOf(error) }));
    tell(one.status);
    one.onStatus((status) => status !== 'closed' && tell(status));
    void one.closed.then((error) => tell('closed', error));
  }

  #frame({ direction, opcode, fin, length, payload, compressed }: TracedFrame, clean: <T>(said: T) => T) {
    return {
      direction,
      opcode: opcodeName(opcode) as FrameName, // reserved ones never come this far
      fin,
      length,
      ...(compressed ? { inflated: payload.length } : {}),
      ...previewOf(payload, { opcode, length, most: this.#reader.preview, clean }),
    };
  }

  /** `what` is not called, and costs nothing, where nobody wants it. */
  #tell<Type extends TraceRecord['type']>(
    type: Type,
    what: () => Omit<Untimed<Extract<TraceRecord, { readonly type: Type }>>, 'type'>,
  ): void {
    const reader = this.#reader;
    if (!reader.wants(type)) return;
    const told = { type, time: this.#clock.wallTime(), ...what() } as unknown as TraceRecord;
    // From the midst of a transport: whoever reads must not disturb it.
    isolated(() => reader.tell(told));
  }

  #since(begun: number): number {
    return tenths(this.#clock.now() - begun);
  }
}

/** Tenths of a millisecond: finer is noise. */
function tenths(duration: number): number {
  return Math.round(duration * 10) / 10;
}

/** Header fields whose values may be shown; of all others it is told that they were there. */
function redacted(headers: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, isPublicField(name) ? value : REDACTED]));
}

/** Of what is no error of ours only texts: a reason to abort may be anything, and JSON carries less than that. */
function summaryOf(error: unknown): ErrorSummary | undefined {
  if (error === undefined) return undefined;
  const { name, status, message } = Object(error) as Readonly<Record<string, unknown>>;
  const said = Object(error) === error ? 'An object.' : String(error);
  return {
    name: typeof name === 'string' ? name : 'Error',
    code: isHoldlineError(error) ? error.code : undefined,
    ...(typeof status === 'number' ? { status } : {}),
    message: typeof message === 'string' ? message : said,
  };
}

function outcomeOf(error: unknown): string {
  if (isKind(error, 'DeliveryError')) return error.outcome;
  return isHoldlineError(error) && error.code === 'REQUEST_REJECTED' ? 'refused' : 'failed';
}
