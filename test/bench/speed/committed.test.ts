import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMITTED, compact, merged } from './committed.ts';
import { blocksOf, filledPage, PAGE, PICTURE } from './page.ts';
import { speedPicture } from './picture.ts';
import type { Results } from './results.ts';
import { ROWS } from './rows.ts';

const results = (date: string, ...ids: string[]): Results => ({
  date,
  mode: 'full',
  machine: { cpu: 'a processor', cores: 2, system: 'Linux', pinned: true },
  workloads: ids.map((id) => ({ id, date, peers: [] })),
  missing: [],
});

test('what is run again replaces what was there, in the order of the report', () => {
  const both = merged(results('1', 'bundle', 'send-32', 'echo-32'), results('2', 'echo-32', 'receive-32'));
  expect(both.workloads.map(({ id, date }) => `${id} ${date}`)).toEqual([
    ...['send-32 1', 'receive-32 2', 'echo-32 2', 'bundle 1'],
  ]);
  expect(both.date).toBe('2');
  expect(merged(undefined, results('1', 'send-32')).workloads).toHaveLength(1);
});

test('what is written can be read again', () => {
  const peers = [
    { id: 'a', runtime: '', library: '', n: 1, cpu: [1.23456789], wall: [], server: [], extra: {} },
  ];
  const all = { ...results('1', 'send-32'), workloads: [{ id: 'send-32', peers }] };
  expect(JSON.parse(compact(all))).toEqual({
    ...all,
    workloads: [{ id: 'send-32', peers: [{ ...peers[0], cpu: [1.2346] }] }],
  });
  expect(JSON.parse(compact(results('1')))).toEqual(results('1'));
});

test('a page without a place for a block is an error', () => {
  expect(() => filledPage('nothing', new Map([['speed-x', 'text']]))).toThrow('no place for speed-x');
  expect(filledPage('a <!-- measured: b -->\nold\n<!-- /measured --> c', new Map([['b', 'new']]))).toBe(
    'a <!-- measured: b -->\nnew\n<!-- /measured --> c',
  );
});

test('every row has a name of its own', () => {
  const ids = ROWS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the page and the picture show the committed results: npm run bench -- page', () => {
  expect(existsSync(COMMITTED)).toBe(true);
  const committed = JSON.parse(readFileSync(COMMITTED, 'utf8')) as Results;
  const page = readFileSync(PAGE, 'utf8');
  expect(filledPage(page, blocksOf(ROWS, committed))).toBe(page);
  expect(readFileSync(PICTURE, 'utf8')).toBe(speedPicture(ROWS, committed));
});
