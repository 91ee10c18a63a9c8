// Prints what happens as a timeline, runs steps one after the other, and waits for nothing without a deadline.
import { stripVTControlCharacters } from 'node:util';

/** How long the tour waits for any one thing, in milliseconds. */
export const DEADLINE_MS = 10_000;

/** Width of the column that says where a line comes from. */
const SOURCE_WIDTH = 8;

const STYLES = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 };

/** Something is not as it should be. */
export class Failure extends Error {
  name = 'Failure';
}

/**
 * A printer of lines with the time that has passed, in columns.
 *
 * @param {{ write: (line: string) => void, color: boolean }} output
 */
export function createTimeline({ write, color }) {
  const begin = performance.now();
  const paint = (style, text) => (color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text);
  const line = (mark, text, time = '') =>
    write(`${paint('dim', time.padStart(9))} ${mark} ${text}`.trimEnd());
  const now = () => `${((performance.now() - begin) / 1000).toFixed(3)} s`;
  return {
    paint,
    /** Plain text, without a time. */
    text: (text = '') => write(text),
    /** A heading, and what it is about. */
    step(title, about) {
      write('');
      line(' ', paint('bold', title), now());
      for (const sentence of about) line(' ', paint('dim', sentence));
    },
    /** Something that happened. What comes from a server must not reach the terminal as commands. */
    event: (source, text) =>
      line(paint('dim', '·'), `${paint('cyan', source.padEnd(SOURCE_WIDTH))}  ${safe(text)}`, now()),
    /** Something that was checked, and is right. */
    right: (text) => line(paint('green', '✓'), text, now()),
    /** Something that is wrong. */
    wrong: (text) => line(paint('red', '✗'), safe(text), now()),
  };
}

/**
 * Runs the steps in order. They build on each other, so the first that fails is the last.
 *
 * @returns {Promise<boolean>} whether all went well
 */
export async function runSteps(steps, tour) {
  const { timeline } = tour;
  for (const [index, { title, about, run }] of steps.entries()) {
    timeline.step(`${index + 1}. ${title}`, about);
    try {
      await run(tour);
    } catch (error) {
      timeline.wrong(error instanceof Failure ? error.message : `unexpected: ${error?.stack ?? error}`);
      const left = steps.length - index - 1;
      timeline.text(`\nStep ${index + 1} of ${steps.length} failed${left > 0 ? `; ${left} not run` : ''}.`);
      return false;
    }
  }
  return true;
}

/** Checks a claim and prints it: `actual` must be `expected`, part by part. */
export function check(timeline, claim, actual, expected) {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Failure(`${claim}\n${indent(`expected ${wanted}\nbut got  ${found}`)}`);
  timeline.right(claim);
}

/** What `promise` brings, within the deadline. */
export async function within(what, promise, deadline = DEADLINE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    const text = `${what}\n${indent(`expected within ${deadline} ms\nbut nothing came`)}`;
    timer = setTimeout(() => reject(new Failure(text)), deadline);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The next event of a client that `wanted` agrees to, within the deadline. */
export function next(client, name, wanted = () => true) {
  let stop;
  const event = new Promise((resolve) => {
    stop = client.on(name, (value) => wanted(value) && resolve(value));
  });
  return within(`the event "${name}" of the client`, event).finally(stop);
}

function indent(text) {
  return text.replace(/^/gm, ' '.repeat(12));
}

function safe(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  return stripVTControlCharacters(String(text)).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?');
}
