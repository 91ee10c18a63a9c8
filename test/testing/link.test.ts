import { expect, it } from 'vitest';
import { createDice } from '../../src/testing/dice.ts';
import { Link } from '../../src/testing/link.ts';
import { WorldClock } from '../../src/testing/world-clock.ts';

function setUp() {
  const clock = new WorldClock();
  const weather = { lag: 0, rate: Number.POSITIVE_INFINITY, heldUntil: 0 };
  const told: string[] = [];
  const link = new Link({ clock, weather, dice: createDice(3), onLeave: () => told.push('left') });
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  link.server = {
    received: (chunk) => told.push(`server ${text(chunk)}`),
    gone: (isByClient) => told.push(`gone ${isByClient}`),
  };
  link.on('data', (chunk: Uint8Array) => told.push(`client ${text(chunk)}`));
  for (const event of ['connect', 'end', 'close']) link.on(event, () => told.push(event));
  link.on('error', (error: Error) => told.push(error.message));
  const run = async (ms: number): Promise<void> => {
    const end = clock.now() + ms;
    while (await clock.step(end, () => false));
    clock.reach(end);
  };
  const bytes = (message: string): Uint8Array => new TextEncoder().encode(message);
  return { clock, weather, link, told, run, bytes };
}

it('connects once, and carries bytes both ways, in order', async () => {
  const { link, told, run, bytes } = setUp();
  const once: string[] = [];
  link.once('connect', () => once.push('once'));
  link.connect();
  link.connect();
  expect([link.connecting, once]).toEqual([false, ['once']]);
  const taken: string[] = [];
  expect(link.write(bytes('a'), () => taken.push('a'))).toBe(true);
  link.cork();
  link.write(bytes('b'));
  link.uncork();
  link.send(bytes('hello'));
  await run(1_000);
  expect(taken).toEqual(['a']);
  expect(told.filter((one) => one.startsWith('server'))).toEqual(['server a', 'server b']);
  expect(
    told
      .filter((one) => one.startsWith('client'))
      .join('')
      .replaceAll('client ', ''),
  ).toBe('hello');
});

it('keeps its order when it is held, and its pace when it is slow', async () => {
  const { link, weather, told, run, bytes } = setUp();
  link.connect();
  weather.heldUntil = 500;
  for (const letter of ['a', 'b', 'c']) link.write(bytes(letter));
  await run(400);
  link.write(bytes('d'));
  expect(told).toEqual(['connect']);
  await run(400);
  expect(told).toEqual(['connect', 'server a', 'server b', 'server c', 'server d']);
  weather.rate = 10;
  link.write(bytes('0123456789'));
  await run(900);
  expect(told).toHaveLength(5);
  await run(400);
  expect(told).toHaveLength(6);
});

it('breaks at any byte: both ends learn of it', async () => {
  const { link, told, run, bytes } = setUp();
  link.connect();
  link.up.cutAfter = 2;
  link.write(bytes('abc'));
  await run(1_000);
  expect(told).toEqual(['connect', 'server ab', 'gone false', 'left', 'ECONNRESET', 'close']);
  expect(link.write(bytes('late'))).toBe(false);
  link.cut();
  link.destroy();
  link.end();
  link.connect();
  expect(told).toHaveLength(6);
});

it('dies: nothing passes, nobody learns of it, and a writer waits in the end', async () => {
  const { link, told, run } = setUp();
  link.connect();
  link.isOpen = true;
  link.die(7);
  expect([link.write(new Uint8Array(65_536)), link.write(new Uint8Array(1))]).toEqual([true, false]);
  await run(60_000);
  expect([told, link.deadSince]).toEqual([['connect'], 7]);
  link.destroy();
  expect(told).toContain('left');
});

it('a reader that pauses gets the rest later, the end last', async () => {
  const { link, told, run, bytes } = setUp();
  link.connect();
  link.pause().pause();
  link.send(bytes('ab'));
  link.finish();
  await run(1_000);
  expect(told).toEqual(['connect']);
  let isFirst = true;
  link.on('data', () => {
    if (isFirst) link.pause();
    isFirst = false;
  });
  link.resume();
  await run(10);
  link.resume();
  await run(10);
  link.resume();
  await run(10);
  expect(told.filter((one) => !one.startsWith('client'))).toEqual([
    'connect',
    'end',
    'left',
    'gone true',
    'close',
  ]);
  expect(
    told
      .filter((one) => one.startsWith('client'))
      .join('')
      .replaceAll('client ', ''),
  ).toBe('ab');
});

it('is refused, or ended from our side', async () => {
  const { link, told } = setUp();
  link.refuse('ECONNREFUSED');
  expect(told).toEqual(['left', 'ECONNREFUSED', 'close']);
  const other = setUp();
  other.link.connect();
  other.link.end();
  await other.run(1_000);
  expect(other.told).toEqual(['connect', 'gone true', 'end', 'left', 'close']);
});
