/** The way of a server's events through a schema that may answer later. */
import { isPromise } from '../connection/target.ts';
import { Backlog, type Holdings, weigh } from './backlog.ts';
import type { StreamCheck } from './held-to.ts';
import type { Judged, SchemaIssue, Slot } from './schema.ts';

/** Most events of one name that wait for a schema that answers later. */
const MAX_UNCHECKED = 1_000;

/** Asks a schema, for so long as it may take. Rejects with the reason of `signal` when that is aborted meanwhile. */
export type Judge = (slot: Slot, value: unknown, signal?: AbortSignal) => Judged | Promise<Judged>;

/** Where it is told what becomes of the events of a lane. */
export interface LaneEnd {
  /** Nobody is to be told any more. */
  isOver(): boolean;
  refused(issues: readonly SchemaIssue[]): void;
  missed(): void;
  /** A schema is being waited for, or none is any more. */
  isBusy(lane: Lane, isBusy: boolean): void;
}

/** What waits in a lane: an event, or what is to happen behind those that have come. */
type Waiting =
  | { readonly value: unknown; readonly tell: (value: unknown) => void }
  | { readonly then: () => void };

/** Events of one name on their way through a schema, in order, whether it answers now or later. */
export class Lane implements StreamCheck {
  readonly #slot: Slot;
  readonly #judge: Judge;
  readonly #end: LaneEnd;
  readonly #maxBytes: number;
  readonly #waiting: Backlog<Waiting>;
  /** Aborted when nobody wants what is being checked. Undefined while nothing is. */
  #underWay: AbortController | undefined;
  /** It was told that events are being left out, and none has passed since. */
  #isMissing = false;

  constructor(slot: Slot, judge: Judge, holdings: Holdings, end: LaneEnd) {
    this.#slot = slot;
    this.#judge = judge;
    this.#end = end;
    this.#maxBytes = holdings.maxBytes;
    this.#waiting = new Backlog(holdings);
  }

  pass(value: unknown, tell: (value: unknown) => void): void {
    if (this.#underWay === undefined) return this.#check(value, tell);
    const bytes = weigh(value, this.#maxBytes);
    if (this.#waiting.size < MAX_UNCHECKED && this.#waiting.hasRoom(bytes)) {
      this.#waiting.push({ value, tell }, bytes);
    } else {
      if (!this.#isMissing) this.after(() => this.#end.missed());
      this.#isMissing = true;
    }
  }

  after(then: () => void): void {
    if (this.#underWay === undefined) then();
    else this.#waiting.push({ then }, 0);
  }

  drop(): void {
    this.#underWay?.abort();
    for (const one of this.#waiting.take()) if ('then' in one) one.then();
  }

  #check(value: unknown, tell: (value: unknown) => void): void {
    const underWay = new AbortController();
    const judged = this.#judge(this.#slot, value, underWay.signal);
    if (!isPromise(judged)) return this.#done(judged, tell);
    this.#underWay = underWay;
    this.#end.isBusy(this, true);
    judged
      .then(
        (found) => this.#done(found, tell),
        () => {},
      )
      .then(() => this.#catchUp());
  }

  /** Nothing is under way for now: what waits has its turn, up to what has to wait again. */
  #catchUp(): void {
    this.#underWay = undefined;
    this.#end.isBusy(this, false);
    while (this.#waiting.size > 0 && this.#underWay === undefined) {
      const next = this.#waiting.shift();
      if ('then' in next) next.then();
      else this.#check(next.value, next.tell);
    }
  }

  #done(judged: Judged, tell: (value: unknown) => void): void {
    this.#isMissing = false;
    if (this.#end.isOver()) this.drop();
    else if (judged.issues === undefined) tell(judged.value);
    else this.#end.refused(judged.issues);
  }
}
