/** The tasks of one {@link WebSocket}: many in one turn of Node's event loop, and between any two of them what a browser does. */
import { queueTask } from '../../../base/task.ts';

/** After this many tasks in a row what they have sent leaves, so that slow listeners do not hold it up for long. */
const TASKS_A_WRITE = 128;

/** Runs all that promises and ticks have queued. Null: this runtime has no such call. */
type Checkpoint = (() => void) | null;

/** What the tasks need of their socket. */
export interface TaskPort<Item> {
  /** One task. What it throws is uncaught; the others run all the same. */
  run(item: Item): void;
  /** True: what is sent from now on may wait. False: it leaves, in one write. */
  hold(isHeld: boolean): void;
}

/**
 * A queue of tasks. Between two of them stands a microtask checkpoint (HTML, 8.1.7.3): whatever promises and ticks have
 * queued runs to its end, so that a reader who awaits one event is there for the next.
 *
 * A task of Node's own for each event does the same for 0.15 µs and some memory that lives until it is collected; one for
 * all that has come, with Node's checkpoint called in between, for 0.03 µs. Where the runtime has no such call (Bun, Deno)
 * each event has its own.
 */
export class TaskQueue<Item extends object | string> {
  readonly #port: TaskPort<Item>;
  #items: (Item | undefined)[] = [];
  /** Index of the next one to run. */
  #next = 0;
  #isScheduled = false;
  /** Undefined: not looked for yet. */
  #checkpoint: Checkpoint | undefined;

  constructor(port: TaskPort<Item>) {
    this.#port = port;
  }

  /** How many are queued. */
  get size(): number {
    return this.#items.length - this.#next;
  }

  /** Adds a task. */
  push(item: Item): void {
    this.#items.push(item);
    if (!this.#isScheduled || this.#checkpoint === null) this.#schedule();
  }

  #schedule(): void {
    this.#isScheduled = true;
    queueTask(this.#runSome);
  }

  readonly #runSome = (): void => {
    this.#port.hold(true);
    try {
      if (this.#checkpoint === undefined) this.#begin();
      this.#runOn(this.#checkpoint as Checkpoint);
    } finally {
      // An error that a listener threw passes here, on its way to be reported as uncaught.
      this.#port.hold(false);
      this.#isScheduled = false;
      if (this.#checkpoint !== null && this.size > 0) this.#schedule();
    }
  };

  /** Looks for the checkpoint in a task of ours: that is where it is to be called, and nowhere else. */
  #begin(): void {
    this.#checkpoint = findCheckpoint();
    if (this.#checkpoint !== null) return;
    // Those that have come meanwhile have no turn of their own yet.
    for (let others = this.size - 1; others > 0; others--) this.#schedule();
  }

  #runOn(checkpoint: Checkpoint): void {
    // What is added meanwhile has its turn later: a reader that goes on reading must let the rest of the program run.
    const count = checkpoint === null ? 1 : this.size;
    for (let ran = 1; this.#runOne() && ran < count; ran++) {
      checkpoint?.();
      if (ran % TASKS_A_WRITE > 0) continue;
      this.#port.hold(false);
      this.#port.hold(true);
    }
  }

  /** Runs the next task. False if no other waits. */
  #runOne(): boolean {
    const item = this.#items[this.#next] as Item;
    this.#items[this.#next++] = undefined;
    if (this.size === 0) {
      this.#items = [];
      this.#next = 0;
    }
    // Out of the queue before it runs: what throws does not run twice.
    this.#port.run(item);
    return this.size > 0;
  }
}

/**
 * What Node itself does between two tasks: a part of it that is no documented interface, so it is taken for what it is only
 * if it does what it should.
 */
function findCheckpoint(): Checkpoint {
  const { _tickCallback: checkpoint } = process as { _tickCallback?: unknown };
  if (typeof checkpoint !== 'function') return null;
  let isRun = false;
  void Promise.resolve().then(() => {
    isRun = true;
  });
  checkpoint();
  return isRun ? (checkpoint as Checkpoint) : null;
}
