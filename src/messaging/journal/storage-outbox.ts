import { checkStorageOutbox, type Locks, type StorageOutboxOptions } from '../checks.ts';
import { type JournalPlugin, type OutboxStorage, persistentOutbox } from './persistent-outbox.ts';

export type { Locks, StorageOutboxOptions } from '../checks.ts';

/** What `storageOutbox` needs of `localStorage` or `sessionStorage`. */
export interface KeyValueStorage {
  /** How many items there are. */
  readonly length: number;
  /** The name of one, in any order. */
  key(index: number): string | null;
  /** What an item holds. */
  getItem(key: string): string | null;
  /** Keeps an item; throws when there is no room. */
  setItem(key: string, value: string): void;
  /** Forgets an item. */
  removeItem(key: string): void;
}

/**
 * The plugin that keeps what waits in the outbox in `localStorage`, `sessionStorage` or anything like it; see
 * `persistentOutbox` for what is kept. Each message is an item of its own.
 *
 * @throws UsageError `INVALID_OPTION`
 * @example
 * ```ts
 * createClient({ url, use: [storageOutbox(localStorage, { key: 'shop', locks: navigator.locks })] });
 * ```
 */
export function storageOutbox(storage: KeyValueStorage, options: StorageOutboxOptions): JournalPlugin {
  checkStorageOutbox(storage, options, storageOutbox);
  const { identity } = options;
  return persistentOutbox(new KeyValueOutbox(storage, options), { identity });
}

class KeyValueOutbox implements OutboxStorage {
  readonly #storage: KeyValueStorage;
  readonly #locks: Locks | undefined;
  readonly #prefix: string;
  /** Let go of the locks that are held. */
  #releases: (() => void)[] = [];

  constructor(storage: KeyValueStorage, { key, locks }: StorageOutboxOptions) {
    this.#storage = storage;
    this.#locks = locks;
    this.#prefix = `${key}:`;
  }

  load(owner: string): unknown[] | Promise<unknown[]> {
    const locks = this.#locks;
    return locks === undefined ? this.#read(() => true) : this.#claim(locks, owner);
  }

  save(message: { readonly id: string }): void {
    this.#storage.setItem(this.#prefix + message.id, JSON.stringify(message));
  }

  remove(id: string): void {
    this.#storage.removeItem(this.#prefix + id);
  }

  close(): void {
    for (const release of this.#releases) release();
    this.#releases = [];
  }

  /**
   * Takes over what the dead have left. A life holds a lock under its name until its end, however it ends; whoever gets
   * that lock is its heir, and holds it on, so that there is one heir alone.
   */
  async #claim(locks: Locks, owner: string): Promise<unknown[]> {
    await this.#hold(locks, owner);
    const found: unknown[] = [];
    for (const other of new Set(this.#ids().map(ownerOf))) {
      if (await this.#hold(locks, other)) found.push(...this.#read((id) => ownerOf(id) === other));
    }
    return found;
  }

  #hold(locks: Locks, owner: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const request = locks.request(this.#prefix + owner, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise<void>((release) => this.#releases.push(release));
      });
      request.catch(reject);
    });
  }

  #ids(): string[] {
    const names = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? '');
    // What has a colon in the rest is that of a longer key, such as `shop:admin` beside `shop`.
    return names
      .filter((name) => name.startsWith(this.#prefix) && !name.includes(':', this.#prefix.length))
      .map((name) => name.slice(this.#prefix.length));
  }

  #read(isMine: (id: string) => boolean): unknown[] {
    return this.#ids()
      .filter(isMine)
      .map((id) => {
        try {
          const item: unknown = JSON.parse(this.#storage.getItem(this.#prefix + id) as string);
          // A text or a list of megabytes would become an object with as many members.
          return typeof item === 'object' && !Array.isArray(item) ? { ...item, id } : { id };
        } catch {
          return { id }; // not ours, or cut off: to be reported and removed
        }
      });
  }
}

function ownerOf(id: string): string {
  return id.split('.', 1)[0] as string;
}
