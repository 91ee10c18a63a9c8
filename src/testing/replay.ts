/** A recorded session as a server: what was received then is sent again, what is sent is compared with what was sent then. */
import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import { deferred } from '../base/deferred.ts';
import { ConnectionError, UsageError } from '../base/errors.ts';
import type { OptionTable } from '../base/need.ts';
import { isOurs, messagesOf, recordsIn } from '../client/records/read.ts';
import type { CloseRecord, ConnectRecord, OpenRecord, TraceRecord } from '../client/records/record.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import type { SendData, TransportFactory } from '../transport/transport.ts';
import { hearing } from '../transport/wrapped-transport.ts';
import { createScriptedServer, type ScriptedConnection } from './scripted-server.ts';

/** How a session is played again. */
export interface ReplayOptions {
  /**
   * Whether what the client sends is what was recorded. For ids and tokens that differ from run to run. Default: the same
   * text or bytes, where `[redacted]` in the recorded text stands for any text.
   */
  readonly same?: ((recorded: string | Uint8Array, sent: SendData) => boolean) | undefined;
  /**
   * How many times as fast as it was recorded the server speaks, on the clock of the client; `Infinity`: at once, one message
   * after the other. Default 1: on a virtual clock hours pass in no time.
   */
  readonly speed?: number | undefined;
}

const REPLAY: OptionTable<ReplayOptions> = { same: 'function', speed: 'number' };

/** A session that is played again. */
export interface Replay {
  /** Pass it as `transport`. */
  readonly transport: TransportFactory;
  /**
   * What differed so far, as sentences. The connection on which something differs is closed with 1002, and there is no other:
   * the client becomes `closed`, and its error says what differs.
   */
  readonly differences: readonly string[];
  /** How much is left to be done, in steps: an opening, a message either way, an end. */
  readonly left: number;
  /** Resolves when all connections of the recording have been played to their end; rejects when something differs. */
  readonly done: Promise<void>;
  /**
   * Refuses a run that was not the recorded one. Call it at the end of a test.
   *
   * @throws UsageError `INVALID_STATE`: `replay` where something differed, `replay-unfinished` where something is left
   */
  check(): void;
}

/**
 * Plays a recorded session to the client of a test: every connection opens, speaks and ends as it did, in the recorded order
 * and time; a message of the server's waits for those that the client had sent before it. A session is recorded with whole
 * messages: `trace(jsonLines(write), { preview: Infinity })`. Such a file holds what users and servers said: treat it as such.
 *
 * @param session - the text of such a file, or its records
 * @throws UsageError `INVALID_DATA` for what is no record, or holds no whole message; `INVALID_OPTION`
 * @example
 * ```ts
 * const session = replay(readFileSync('session.jsonl', 'utf8'));
 * const client = createClient({ url: 'ws://test', transport: session.transport, clock: createVirtualClock() });
 * // … use the client as then …
 * session.check();
 * ```
 */
export function replay(session: string | readonly TraceRecord[], options: ReplayOptions = {}): Replay {
  checkCall(replay, () => {
    checkArgument(SESSION, 'session', session, 'replay');
    checkOptions(REPLAY, options, 'replay');
  });
  const records = typeof session === 'string' ? recordsIn(session, replay) : session;
  const { same = isSame, speed = 1 } = options;
  const scripts = scriptsOf(records);
  const players: Player[] = [];
  const differences: UsageError[] = [];
  const done = deferred<void>();
  done.promise.catch(() => {}); // who does not wait for it calls check()
  const differs = (error: UsageError): void => {
    differences.push(error);
    done.reject(error);
  };
  const left = (): Step[] => [
    ...players.flatMap((player) => player.left),
    ...scripts.slice(players.length).flat(),
  ];
  const settle = (): void => {
    if (left().length === 0) done.resolve();
  };
  const server = createScriptedServer({
    onConnect: (connection) => players.find((one) => one.connection === connection)?.play(),
    onMessage: (connection, message) => players.find((one) => one.connection === connection)?.take(message),
  });
  return {
    transport: (request, sink) => {
      const script = scripts[players.length];
      if (script === undefined && differences.length === 0) differs(oneMoreThan(scripts.length));
      // An error of its user's is what a client does not try again after.
      const [wrong] = differences;
      if (wrong !== undefined) throw wrong;
      const connection = server.transport(request, {
        ...hearing(sink),
        open: (info) => sink.open(info),
        close: (closure) => {
          player.ended();
          sink.close(player.difference === undefined ? closure : because(closure, player.difference));
        },
      });
      const player = new Player(server.last, script as Step[], { same, speed, differs, settle });
      players.push(player);
      return connection;
    },
    get differences() {
      return differences.map(({ message }) => message);
    },
    get left() {
      return left().length;
    },
    done: done.promise,
    check() {
      const wrong = differences[0] ?? unfinished(left());
      if (wrong !== undefined) throw wrong;
    },
  };
}

/** What is to be said of steps that are left. */
function unfinished(rest: readonly Step[]): UsageError | undefined {
  const [next] = rest;
  if (next === undefined) return undefined;
  const about = { size: rest.length, expected: described(next) };
  return new UsageError('INVALID_STATE', { detail: 'replay-unfinished', ...about });
}

const SESSION = {
  expected: 'the text of a file of records, or an array of them',
  isRight: (value: unknown) => typeof value === 'string' || Array.isArray(value),
};

/** What is to be said of a connection that was not recorded. */
function oneMoreThan(count: number): UsageError {
  const expected = `${count} connections`;
  return new UsageError('INVALID_STATE', { detail: 'replay', index: 0, expected, received: 'one more' });
}

/** The end of a connection on which something differs, told with what differs. */
function because(closure: Closure, difference: UsageError): Closure {
  const { received, sent } = closure;
  const { message } = difference;
  const error = new ConnectionError('CONNECTION_CLOSED', { message, cause: difference, received, sent });
  return { ...closure, error };
}

/** One thing that happened on a connection. `delay`: milliseconds since the one before it. */
type Step = { readonly delay: number } & (
  | { readonly does: 'open'; readonly record: OpenRecord }
  | { readonly does: 'send' | 'await'; readonly data: string | Uint8Array }
  | { readonly does: 'ping' }
  | {
      readonly does: 'end';
      readonly record: CloseRecord;
      readonly isOurs: boolean;
      readonly wasOpen: boolean;
    }
);

/** What each connection did, in the order in which they began. */
function scriptsOf(records: readonly TraceRecord[]): Step[][] {
  return records
    .filter((record): record is ConnectRecord => record.type === 'connect')
    .map(({ connection, time }) => {
      const own = records.filter((record) => 'connection' in record && record.connection === connection);
      const messages = messagesOf(own);
      const steps: (Step & { time: number })[] = [];
      const add = (at: number, step: object): void =>
        void steps.push({ delay: 0, time: at, ...step } as never);
      for (const record of own) {
        if (record.type === 'open') add(record.time, { does: 'open', record });
        else if (record.type === 'frame' && record.direction === 'in' && record.opcode === 'ping')
          add(record.time, { does: 'ping' });
        else if (record.type === 'close') {
          const wasOpen = own.some(({ type }) => type === 'open');
          add(record.time, { does: 'end', record, isOurs: isOurs(records, record), wasOpen });
        } else if (record.type === 'frame') {
          // The message is whole with this frame, if it is with any.
          if (record.fin && DATA.includes(record.opcode)) {
            const message = messages.shift();
            if (message !== undefined)
              add(message.time, { does: message.direction === 'in' ? 'send' : 'await', data: message.data });
          }
        }
      }
      let before = time;
      return steps.map(({ time: at, ...step }) => {
        const delay = Math.max(0, at - before);
        before = at;
        return { ...step, delay } as Step;
      });
    });
}

const DATA: readonly string[] = ['text', 'binary', 'continuation'];

interface Port {
  readonly same: (recorded: string | Uint8Array, sent: SendData) => boolean;
  readonly speed: number;
  differs(error: UsageError): void;
  settle(): void;
}

/** Plays one connection. */
class Player {
  readonly connection: ScriptedConnection;
  readonly #port: Port;
  /** What is still to come. */
  left: readonly Step[];
  /** What the client has sent, and no step has asked for yet. */
  readonly #sent: SendData[] = [];
  /** How many messages were compared. */
  #compared = 0;
  /** What differed. */
  difference: UsageError | undefined;
  /** A step waits for its time. */
  #isWaiting = false;

  constructor(connection: ScriptedConnection, script: readonly Step[], port: Port) {
    this.connection = connection;
    this.left = script;
    this.#port = port;
  }

  /** The client has sent a message. */
  take(message: SendData): void {
    if (this.difference !== undefined) return;
    this.#sent.push(message);
    if (this.left.some(({ does }) => does === 'await')) return this.play();
    this.#fail('nothing more', message);
  }

  /** The connection is over, whoever has ended it. */
  ended(): void {
    const [next] = this.left;
    // What the client does when it has had enough is the end that was recorded, if nothing else is left.
    if (next?.does === 'end') this.left = [];
    this.#port.settle();
  }

  /** Goes on as far as it can. */
  play(): void {
    for (let [next] = this.left; next !== undefined && !this.#isWaiting; [next] = this.left) {
      if (next.does === 'await') {
        if (!this.#compare(next.data)) return;
        this.left = this.left.slice(1);
      } else if (next.does === 'end' && next.isOurs) return;
      else this.#later(next);
    }
  }

  #compare(recorded: string | Uint8Array): boolean {
    if (this.#sent.length === 0) return false;
    const sent = this.#sent.shift() as SendData;
    if (!this.#port.same(recorded, sent)) return this.#fail(textOf(recorded), sent);
    this.#compared++;
    return true;
  }

  /** Ends it: what follows would answer something else. */
  #fail(expected: string, sent: SendData): false {
    this.left = [];
    const about = { index: this.#compared + 1, expected, received: textOf(sent) };
    this.difference = new UsageError('INVALID_STATE', { detail: 'replay', ...about });
    this.#port.differs(this.difference);
    // As a server that cannot go on; after this code no client comes back.
    this.connection.close(CloseCode.protocolError, 'not what was recorded');
    return false;
  }

  #later(step: Step): void {
    const { speed } = this.#port;
    this.#isWaiting = true;
    const go = (): void => {
      this.#isWaiting = false;
      this.left = this.left.slice(1);
      this.#do(step);
      this.play();
      this.#port.settle();
    };
    this.connection.request.clock.setTimer(go, speed === Number.POSITIVE_INFINITY ? 0 : step.delay / speed);
  }

  #do(step: Step): void {
    const { connection } = this;
    switch (step.does) {
      case 'open': {
        const { protocol, headers } = step.record;
        const isHidden = protocol !== '' && !connection.request.protocols.includes(protocol);
        return connection.accept(isHidden ? connection.request.protocols[0] : protocol, headers);
      }
      case 'send':
        return connection.send(step.data);
      case 'ping':
        return connection.ping();
      case 'end':
        return this.#end(step.record, step.wasOpen);
    }
  }

  #end({ code, reason, wasClean, error }: CloseRecord, wasOpen: boolean): void {
    if (!wasOpen && error?.status !== undefined) this.connection.refuse(error.status);
    else if (!wasOpen || !wasClean) this.connection.drop();
    else this.connection.close(code === NO_STATUS ? undefined : code, reason);
  }
}

/** What a Close frame without a body is told as (RFC 6455, 7.1.5). */
const NO_STATUS = 1005;

const REDACTED = '[redacted]';

/** The same text or bytes; what was redacted may be anything. */
function isSame(recorded: string | Uint8Array, sent: SendData): boolean {
  if (typeof recorded !== 'string' || typeof sent !== 'string') return textOf(recorded) === textOf(sent);
  const [first = '', ...parts] = recorded.split(REDACTED);
  const last = parts.pop();
  if (last === undefined) return sent === first;
  if (!sent.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    at = sent.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }
  return sent.length - last.length >= at && sent.endsWith(last);
}

/** A message as it may stand in an error. */
function textOf(data: SendData): string {
  if (typeof data === 'string') return data;
  if (!(data instanceof Uint8Array)) return 'a Blob';
  return `bytes ${[...data].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

function described(step: Step): string {
  if (step.does === 'await') return `the client sends ${textOf(step.data)}`;
  if (step.does === 'send') return `the server sends ${textOf(step.data)}`;
  return step.does === 'end' ? 'the end of a connection' : `the server's ${step.does}`;
}
