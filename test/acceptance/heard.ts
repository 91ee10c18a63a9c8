/** What a client was told, in order, and a way to wait for more of it. */
import type { Client, ClientEvents } from '../../src/index.node.ts';
import { HANG_MS } from '../tools/patience.ts';

/** How long a test waits for something to be told. */
const PATIENCE_MS = HANG_MS / 2;

export class Heard<T> {
  readonly all: T[] = [];
  readonly #watchers = new Set<() => void>();

  push(item: T): void {
    this.all.push(item);
    for (const look of [...this.#watchers]) look();
  }

  /** Waits until the list is as `isThere` wants it, and returns it. */
  until(isThere: (all: readonly T[]) => boolean): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isThere(this.all)) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve([...this.all]);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`Waited ${PATIENCE_MS} ms in vain; heard: ${JSON.stringify(this.all)}`));
      }, PATIENCE_MS);
      this.#watchers.add(look);
      look();
    });
  }

  /** Waits until at least `count` were heard. */
  atLeast(count: number): Promise<readonly T[]> {
    return this.until((all) => all.length >= count);
  }
}

/** All events of this name from now on. */
export function hear<Name extends keyof ClientEvents>(client: Client, name: Name): Heard<ClientEvents[Name]> {
  const heard = new Heard<ClientEvents[Name]>();
  client.on(name, (event) => heard.push(event));
  return heard;
}

/** The next event of this name. */
export function next<Name extends keyof ClientEvents>(
  client: Client,
  name: Name,
): Promise<ClientEvents[Name]> {
  return new Promise((resolve) => client.once(name, resolve));
}
