// The inputs that are kept, a file for each target: one a line, base64.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../tools/run.mjs';

/** @param {string} target */
const fileOf = (target) => join(ROOT, 'test/fuzz/corpus', `${target}.txt`);

/**
 * @param {string} target
 * @returns {Uint8Array[]}
 */
export function readCorpus(target) {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

/**
 * @param {string} target
 * @param {readonly Uint8Array[]} inputs
 */
export function writeCorpus(target, inputs) {
  const lines = inputs.map((input) => `${Buffer.from(input).toString('base64')}\n`);
  writeFileSync(fileOf(target), [...new Set(lines)].sort().join(''));
}
