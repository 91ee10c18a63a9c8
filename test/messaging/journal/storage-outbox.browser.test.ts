// The real localStorage and the real locks: two clients of one page, and one of a frame that is taken away.
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { type Locks, storageOutbox } from '../../../src/messaging/journal/storage-outbox.ts';
import { beginLife } from './life.ts';

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

/** A client of the page that the locks come from. Resolves when it has looked at what others left, and sent it. */
async function begin(locks: Locks) {
  const life = beginLife(storageOutbox(localStorage, { key: KEY, locks }), systemClock, {
    random: systemRandom,
  });
  closing.push(() => void life.client.close({ flush: false }));
  // This waits in the journal too, behind what others left there.
  const first = life.client.send('first');
  await expect.poll(() => life.server.connections.length).toBe(1);
  life.server.last.accept();
  await first;
  await expect.poll(() => life.client.stats().queued).toBe(0);
  return life;
}

const mine = (): string[] => Object.keys(localStorage).filter((name) => name.startsWith(`${KEY}:`));

it('leaves the messages of the living alone, and inherits those of a frame that is gone, once', async () => {
  const doomed = frame();
  const theirs = (doomed.contentWindow as Window & typeof globalThis).navigator.locks;
  const first = await begin(theirs);
  first.congest();
  first.send('text');
  first.send(Uint8Array.of(0, 255));
  expect(mine()).toHaveLength(2);
  const second = await begin(navigator.locks);
  expect(second.wire).toEqual(['first']);
  expect(second.errors).toEqual([]);
  expect(mine()).toHaveLength(2);

  doomed.remove();
  // The locks go with the frame, in a task of the browser's own.
  const isFree = async (): Promise<boolean> => (await navigator.locks.query()).held?.length === 1;
  await expect.poll(isFree).toBe(true);
  const [third, fourth] = await Promise.all([begin(navigator.locks), begin(navigator.locks)]);
  const inherited = (): unknown[] => [...third.wire, ...fourth.wire].filter((data) => data !== 'first');
  await expect.poll(inherited).toEqual(['text', Uint8Array.of(0, 255)]);
  expect(mine()).toEqual([]);
});

it('goes on in memory when the storage is full', async () => {
  const client = await begin(navigator.locks);
  client.congest();
  for (let size = 8 * 1024 * 1024, at = 0; size >= 1; at++) {
    try {
      localStorage.setItem(`filler ${at}`, 'x'.repeat(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  client.send('text');
  expect(client.errors).toEqual([
    expect.objectContaining({
      code: 'STORAGE_FAILED',
      cause: expect.objectContaining({ name: 'QuotaExceededError' }),
    }),
  ]);
  client.drain();
  expect(client.wire).toEqual(['first', 'text']);
});
