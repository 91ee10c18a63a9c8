/** What waits to be read, and what all of it takes. */
import { OBJECT_BYTES } from '../base/json-weight.ts';
import { Queue } from './queue.ts';

/**
 * All that one client holds of what its server has sent and nobody has taken yet: what waits in subscriptions and loops, for
 * the reply of a subscription, behind a pause, and the params of requests that handlers are busy with. One account for all:
 * a bound for each would allow a hundred subscriptions a hundred times as much.
 */
export interface Holdings {
  /** How much that is, by {@link weigh}. */
  bytes: number;
  /** What the cursors take beside it that subscriptions remember: the oldest are forgotten, so that events have room. */
  cursors: number;
  /** How much it may be. */
  readonly maxBytes: number;
}

/** The items of one reader, on the account of all. */
export class Backlog<T> extends Queue<T> {
  #holdings: Holdings | undefined;

  /** @param holdings - the account of all that they belong to. Default: none */
  constructor(holdings?: Holdings) {
    super();
    this.#holdings = holdings;
  }

  /** Whether there is room for so many bytes more. What is alone may be as large as a message can be. */
  hasRoom(bytes: number, maxBytes: number = Number.POSITIVE_INFINITY): boolean {
    return (this.bytes === 0 || this.bytes + bytes <= maxBytes) && mayHold(this.#holdings, bytes);
  }

  /** Takes out all that are meant, in order; all of them by default. */
  take(isMeant: (item: T) => boolean = () => true): T[] {
    const meant: T[] = [];
    for (let left = this.size; left > 0; left--) {
      const before = this.bytes;
      const item = this.shift();
      if (isMeant(item)) meant.push(item);
      else this.push(item, before - this.bytes);
    }
    return meant;
  }

  /** Nothing more will come, and whoever reads what is left may never do so: it leaves the account of all. */
  leave(): void {
    if (this.#holdings !== undefined) this.#holdings.bytes -= this.bytes;
    this.#holdings = undefined;
  }

  protected override count(bytes: number): void {
    super.count(bytes);
    if (this.#holdings !== undefined) this.#holdings.bytes += bytes;
  }
}

/** Whether so many bytes more may be held. One alone may be as large as a message can be. */
export function mayHold(holdings: Holdings | undefined, bytes: number): boolean {
  if (holdings === undefined || holdings.bytes === 0) return true;
  return holdings.bytes + holdings.cursors + bytes <= holdings.maxBytes;
}

/** What any other value takes at least: a number in a list of objects takes 24, a small one 8. */
export const VALUE_BYTES = 16;

/**
 * How much memory a value takes, in bytes and roughly: a message of 1 MiB may be 20 MiB of empty objects when it has been
 * read, and one item of a batch nearly all of it. The characters of a text count as bytes: to count these would take a pass
 * over each.
 *
 * @param most - what is found to be more is not looked at further
 */
export function weigh(value: unknown, most: number): number {
  let bytes = 0;
  // No recursion: a server may nest a million deep.
  const rest: unknown[] = [value];
  while (rest.length > 0 && bytes <= most) {
    const one = rest.pop();
    bytes += VALUE_BYTES;
    if (typeof one === 'string') bytes += one.length;
    else if (one instanceof ArrayBuffer || ArrayBuffer.isView(one)) bytes += one.byteLength;
    else if (typeof one === 'object' && one !== null) {
      bytes += OBJECT_BYTES;
      if (Array.isArray(one) || one instanceof Map || one instanceof Set)
        for (const part of one) rest.push(part);
      else
        for (const key in one) {
          bytes += key.length;
          rest.push(one[key as keyof typeof one]);
        }
    }
  }
  return bytes;
}
