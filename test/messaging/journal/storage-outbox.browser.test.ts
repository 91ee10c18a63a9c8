// The real localStorage and the real locks: two clients of one page, and one of a frame that is taken away.
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { type Locks, storageOutbox } from '../../../src/messaging/journal/storage-outbox.ts';
import { DEFAULT_OUTBOX, Outbox } from '../../../src/messaging/outbox.ts';
import type { SendData } from '../../../src/transport/transport.ts';

const KEY = 'holdline-test';
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  localStorage.clear();
});

function frame(): HTMLIFrameElement {
  const element = document.createElement('iframe');
  document.body.append(element);
  return element;
}

/** A client of the page that the locks come from. Resolves when it has looked at what others left. */
async function begin(locks: Locks) {
  const journal = storageOutbox(localStorage, { key: KEY, locks });
  const outbox = new Outbox(DEFAULT_OUTBOX, systemClock, journal);
  closing.push(() => journal.close());
  const add = (data: SendData): unknown => outbox.add({ data, sent: () => {}, dropped: (error) => error });
  const errors: unknown[] = [];
  await new Promise<void>((resolve) => {
    journal.open({
      clock: systemClock,
      random: systemRandom,
      restore: (message) => void outbox.add({ ...message, sent: () => {}, dropped: (error) => error }),
      dropped: (error) => errors.push(error),
      numberAbove: () => {},
      resume: resolve,
      failed: (error) => errors.push(error),
    });
  });
  const send = (): SendData[] => {
    const wire: SendData[] = [];
    outbox.flush({ isOpen: () => true, send: (data) => wire.push(data) > 0 });
    return wire;
  };
  return { add, send, errors, outbox };
}

const mine = (): string[] => Object.keys(localStorage).filter((name) => name.startsWith(`${KEY}:`));

it('leaves the messages of the living alone, and inherits those of a frame that is gone, once', async () => {
  const doomed = frame();
  const theirs = (doomed.contentWindow as Window & typeof globalThis).navigator.locks;
  const first = await begin(theirs);
  first.add('text');
  first.add(Uint8Array.of(0, 255));
  expect(mine()).toHaveLength(2);
  const second = await begin(navigator.locks);
  expect([second.outbox.size, second.errors]).toEqual([0, []]);

  doomed.remove();
  // The locks go with the frame, in a task of the browser's own.
  const isFree = async (): Promise<boolean> => (await navigator.locks.query()).held?.length === 1;
  await expect.poll(isFree).toBe(true);
  const [third, fourth] = await Promise.all([begin(navigator.locks), begin(navigator.locks)]);
  const sent = [...third.send(), ...fourth.send()];
  expect(sent).toEqual(['text', Uint8Array.of(0, 255)]);
  expect(mine()).toEqual([]);
});

it('goes on in memory when the storage is full', async () => {
  const client = await begin(navigator.locks);
  for (let size = 8 * 1024 * 1024, at = 0; size >= 1; at++) {
    try {
      localStorage.setItem(`filler ${at}`, 'x'.repeat(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  client.add('text');
  expect(client.errors).toEqual([
    expect.objectContaining({
      code: 'STORAGE_FAILED',
      cause: expect.objectContaining({ name: 'QuotaExceededError' }),
    }),
  ]);
  expect(client.send()).toEqual(['text']);
});
