import type { DeliveryOutcome } from '../../src/base/errors.ts';

/** How a message ended, as its sender was told. */
type Outcome = 'handed-off' | 'replied' | DeliveryOutcome;

interface Message {
  /** The server may see it twice. */
  readonly isRepeatable: boolean;
  outcome?: Outcome;
}

/** Faults that are written down; all are counted. */
const MOST_FAULTS = 20;

/** Every promise that was made and has not been settled, every message and what became of it, and all that went wrong. */
export class Ledger {
  /** Promises made so far. */
  promises: number = 0;
  /** Messages of all rounds. */
  messages: number = 0;
  /** What went wrong, the first ones in words. */
  readonly faults: string[] = [];
  faultCount: number = 0;
  /** How often each thing ended in each way. */
  readonly endings: Map<string, number> = new Map();
  readonly #pending = new Map<number, string>();
  readonly #messages = new Map<string, Message>();

  /** Labels of promises that are not settled. */
  get unsettled(): readonly string[] {
    return [...this.#pending.values()];
  }

  fault(text: string): void {
    this.faultCount++;
    if (this.faults.length < MOST_FAULTS) this.faults.push(text);
  }

  count(what: string): void {
    this.endings.set(what, (this.endings.get(what) ?? 0) + 1);
  }

  /** Watches a promise. Its failure is written down as an ending, or as a fault if it is none that a line's loss explains. */
  track<T>(label: string, promise: Promise<T>): Promise<T | undefined> {
    const number = this.promises++;
    this.#pending.set(number, label);
    return promise.then(
      (value) => {
        this.#settle(number, `${label}: ok`);
        return value;
      },
      (error: unknown) => {
        const code = codeOf(error);
        this.#settle(number, `${label}: ${code ?? error}`);
        if (code === undefined) this.fault(`${label} failed with ${error}`);
        return undefined;
      },
    );
  }

  /** Watches a message that is sent, or a request that is asked, under an id that the server writes down. */
  message(label: string, id: string, isRepeatable: boolean, promise: Promise<unknown>): void {
    const message: Message = { isRepeatable };
    this.messages++;
    this.#messages.set(id, message);
    const isRequest = label.startsWith('request');
    promise.then(
      () => this.#end(id, message, isRequest ? 'replied' : 'handed-off'),
      (error: { code?: unknown; outcome?: DeliveryOutcome }) => {
        if (error.code === 'REQUEST_REJECTED') this.#end(id, message, 'replied');
        else if (error.outcome !== undefined) this.#end(id, message, error.outcome);
        else this.fault(`${label} ${id} failed without an outcome: ${error}`);
      },
    );
    void this.track(label, promise);
  }

  /** Compares what was said of each message with what the server has seen of it, and forgets both. */
  compare(seen: Map<string, number>): void {
    for (const [id, { isRepeatable, outcome }] of this.#messages) {
      const times = seen.get(id) ?? 0;
      if (times > 1 && !isRepeatable) this.fault(`${id}: the server has seen it ${times} times`);
      if (times > 0 && outcome === 'not-sent') this.fault(`${id}: not-sent, but the server has seen it`);
      if (times === 0 && outcome === 'replied') this.fault(`${id}: replied, but the server has not seen it`);
      if (outcome === undefined) this.count('outcome undefined');
    }
    for (const id of seen.keys()) {
      if (!this.#messages.has(id)) this.fault(`${id}: the server has seen it, and nobody sent it`);
    }
    this.#messages.clear();
    seen.clear();
  }

  #settle(number: number, ending: string): void {
    this.#pending.delete(number);
    this.count(ending);
  }

  #end(id: string, message: Message, outcome: Outcome): void {
    if (message.outcome !== undefined) this.fault(`${id}: ${message.outcome}, then ${outcome}`);
    message.outcome = outcome;
    this.count(`outcome ${outcome}`);
  }
}

/** Its code, or `AbortError`; undefined for what should not happen. */
function codeOf(error: unknown): string | undefined {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === 'AbortError') return name;
  const isUnexpected = name === 'ProtocolError' || (name === 'UsageError' && code !== 'INVALID_STATE');
  return typeof code === 'string' && !isUnexpected ? code : undefined;
}
