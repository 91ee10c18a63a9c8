// For StrykerJS: a part of the mutants, so that an evening's machine can say what all of them would. `npm run mutation` makes
// all; HOLDLINE_MUTATION_SAMPLE=12 makes those of every twelfth function, and HOLDLINE_MUTATION_SEED=2 those of others.
import { createHash } from 'node:crypto';

const part = Number(process.env.HOLDLINE_MUTATION_SAMPLE ?? 1);
const seed = process.env.HOLDLINE_MUTATION_SEED ?? '1';

/** @param {string} text code of one function: the choice stays as long as the function does */
const isChosen = (text) =>
  createHash('sha256').update(`${seed}\n${text}`).digest().readUInt32BE() % part === 0;

const sample = {
  /** @param {{ isFunction(): boolean, getFunctionParent(): object | null, toString(): string }} path a node, before those in it */
  shouldIgnore(path) {
    if (part === 1 || !path.isFunction() || path.getFunctionParent() !== null) return undefined;
    return isChosen(path.toString()) ? undefined : 'Not in the sample.';
  },
};

// https://stryker-mutator.io/docs/stryker-js/disable-mutants/
export const strykerPlugins = [{ kind: 'Ignore', name: 'sample', value: sample }];
