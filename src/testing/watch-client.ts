import type { Clock } from '../base/clock.ts';
import { isHoldlineError } from '../base/errors.ts';
import type { SlimClient } from '../client/client.ts';
import type { HistoryEvent } from './history.ts';
import { contentOf } from './simulated-server.ts';

/** What can be watched: any client. */
export type WatchedClient = Pick<SlimClient, 'on' | 'close' | 'state' | 'stats'>;

/** Where it is written down. */
export interface Recorder {
  note(what: HistoryEvent, id: number, detail: Record<string, unknown>): void;
  number(): number;
  closed(): void;
  readonly chance: { readonly last: number };
  readonly times: object | false | undefined;
  readonly options: { readonly clock: Clock };
}

type Method = (...args: unknown[]) => unknown;

/** Calls whose promise is written down, by how they are described. */
const CALLS: Readonly<Record<string, (...args: never[]) => Record<string, unknown>>> = {
  send: (message: unknown, options?: SendHow) => ({ content: contentOf(message), ...how(options) }),
  notify: (method: string, params?: unknown, options?: SendHow) => ({
    content: contentOf({ method, params }),
    ...how(options),
  }),
  request: (method: string, params?: unknown, options?: { idempotent?: boolean }) => ({
    content: contentOf({ method, params }),
    isRepeatable: options?.idempotent === true,
  }),
  ready: () => ({}),
  close: () => ({}),
  handover: () => ({}),
};

/** Calls after which the next wait is not by the book. */
const EXCUSES: readonly string[] = ['connect', 'reconnect', 'close'];

/** States in which `connect()` has no effect on a wait. */
const UNMOVED: readonly string[] = ['idle', 'connecting', 'authenticating', 'ready'];

interface SendHow {
  readonly key?: string;
  readonly ttl?: number;
}

function how({ key, ttl }: SendHow = {}): Record<string, unknown> {
  return { isLoose: key !== undefined, ttl };
}

/** Stands for a client, and writes down what it is asked and what it tells. */
export function watchClient<C extends WatchedClient>(client: C, recorder: Recorder): C {
  const id = recorder.number();
  listen(client, id, recorder);
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method: Method = value.bind(target);
      if (name === 'subscribe') return (...args: unknown[]) => subscribed(method, args, recorder);
      const describe = CALLS[String(name)] as Method | undefined;
      return (...args: unknown[]) => {
        const isMoved = name !== 'connect' || !UNMOVED.includes(target.state.status);
        if (isMoved && EXCUSES.includes(String(name))) recorder.note('told', id, { name: 'excuse' });
        if (describe === undefined) return method(...args);
        return called({
          name: String(name),
          about: describe(...args) as object,
          recorder,
          run: () => method(...args),
        });
      };
    },
  });
}

interface Asked {
  readonly name: string;
  readonly about: object;
  readonly recorder: Recorder;
  readonly run: () => unknown;
}

function called({ name, about, recorder, run }: Asked): unknown {
  const id = recorder.number();
  const { clock } = recorder.options;
  recorder.note('call', id, { method: name, ...about, clock: clock.now() });
  const promise = run() as Promise<unknown>;
  promise.then(
    (value) => {
      recorder.note('settled', id, { ...fulfilled(name, value), clock: clock.now() });
      if (name === 'close') recorder.closed();
    },
    (error: unknown) => recorder.note('settled', id, { ...rejected(error), clock: clock.now() }),
  );
  return promise;
}

function fulfilled(name: string, value: unknown): Record<string, unknown> {
  if (name !== 'request') return { outcome: name === 'send' || name === 'notify' ? 'handed-off' : 'done' };
  // A server that says what it was asked lets the reply be compared with the question.
  const { asked } = Object(value) as { asked?: unknown };
  return { outcome: 'replied', value: typeof asked === 'string' ? asked : undefined };
}

function rejected(error: unknown): Record<string, unknown> {
  const { outcome, code } = Object(error) as { outcome?: unknown; code?: unknown };
  if (code === 'REQUEST_REJECTED') return { outcome: 'replied', code };
  return { outcome: outcome ?? 'failed', code: isHoldlineError(error) ? code : String(error) };
}

function subscribed(method: Method, args: readonly unknown[], recorder: Recorder): unknown {
  const id = recorder.number();
  const subscription = method(...args) as {
    closed: Promise<unknown>;
    on(listener: (event: unknown) => void): unknown;
    [Symbol.asyncIterator](): AsyncIterator<unknown>;
  };
  const { cursor } = Object(args[2]) as { cursor?: unknown };
  recorder.note('call', id, { method: 'subscribe', name: args[0], hasCursor: cursor !== undefined });
  void subscription.closed.then(() => recorder.note('settled', id, { outcome: 'done' }));
  const heard = (event: unknown): void => {
    const { at } = Object(event) as { at?: unknown };
    recorder.note('heard', id, { number: at });
  };
  return new Proxy(subscription, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'on') {
        return (listener: (event: unknown) => void) =>
          target.on((event) => {
            heard(event);
            listener(event);
          });
      }
      if (name === Symbol.asyncIterator) return () => read(target[Symbol.asyncIterator](), heard);
      return value.bind(target);
    },
  });
}

async function* read(
  events: AsyncIterator<unknown>,
  heard: (event: unknown) => void,
): AsyncGenerator<unknown> {
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done === true) return;
      heard(value);
      yield value;
    }
  } finally {
    await events.return?.();
  }
}

function listen(client: WatchedClient, id: number, recorder: Recorder): void {
  const tell = (name: string, facts: Record<string, unknown> = {}): void =>
    recorder.note('told', id, { name, ...facts });
  tell('watched', { times: recorder.times });
  client.on('state', ({ previous, current }) => {
    const { status, reason, retryAt } = current;
    const delay = retryAt === undefined ? undefined : retryAt - recorder.options.clock.wallTime();
    tell('state', {
      clock: recorder.options.clock.now(),
      from: previous.status,
      to: status,
      reason,
      delay,
      share: recorder.chance.last,
    });
  });
  client.on('ready', ({ epoch }) => tell('ready', { epoch }));
  client.on('gap', ({ epoch, recovered, duration, subscription }) =>
    tell('gap', { epoch, recovered, duration, subscription }),
  );
  // What the end of a connection asks for stands before the state that follows it.
  const trouble = (code: number, retryAfter: number | undefined): void =>
    tell('trouble', { code, retryAfter });
  client.on('error', (error) => {
    const { retryAfter, sent, received } = error as {
      retryAfter?: number;
      sent?: object;
      received?: { code: number };
    };
    if (sent === undefined && received === undefined) trouble(0, retryAfter);
  });
  client.on('lost', ({ epoch, closure: { code, reason, wasClean } }) => {
    tell('lost', { epoch, code, wasClean });
    trouble(code, adviceOf(reason));
  });
  client.on('drop', ({ code, outcome }) => tell('drop', { code, outcome }));
  client.on('closed', ({ error }) =>
    tell('closed', { code: error?.code, isAuth: error?.name === 'AuthError' }),
  );
}

/** The wait that a close reason names. */
function adviceOf(reason: string): number | undefined {
  return reason.startsWith('{') ? (JSON.parse(reason) as { retryAfter?: number }).retryAfter : undefined;
}
