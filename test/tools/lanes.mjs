// Runs steps side by side, and tells of them as if they had run one after the other.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { ROOT } from './run.mjs';

/**
 * One program to run.
 * @typedef {object} Step
 * @property {string} what what it checks, for people
 * @property {[string, ...string[]]} command a program, of node_modules/.bin too, and its arguments
 * @property {NodeJS.ProcessEnv} [env] more environment
 */

const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs the lanes side by side, the steps of a lane one after the other. What a step prints is kept together: the step
 * that began first is shown as it runs, the others once those before them have ended. The first step that fails is
 * shown at once, and ends everything else. Resolves to 0, or to the exit code of the step that failed.
 * @param {readonly (readonly Step[])[]} lanes
 * @param {(text: string) => void} [show]
 * @returns {Promise<number>}
 */
export async function runLanes(lanes, show = (text) => void process.stdout.write(text)) {
  /** @type {{ kept: string[], isOver: boolean }[]} in the order in which they began; the first is the one shown */
  const running = [];
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const children = new Set();
  let exitCode = 0;

  /** @param {Step} step */
  const runStep = async ({ what, command, env }) => {
    const story = { kept: /** @type {string[]} */ ([]), isOver: false };
    const begin = performance.now();
    const tell = (/** @type {string} */ text) => {
      // After a failure only that is told.
      if (exitCode !== 0) return;
      if (running[0] === story) show(text);
      else story.kept.push(text);
    };
    running.push(story);
    tell(`\n> ${what}: ${command.join(' ').replace(process.execPath, 'node')}\n`);
    const code = await start(command, env, children, tell);
    if (exitCode !== 0) return;
    if (code !== 0) {
      if (running[0] !== story) show(`\n${story.kept.join('')}`);
      exitCode = code;
      show(`\nFAILED: ${what} (exit code ${code}, ${seconds(begin)})\n`);
      for (const child of children) end(child);
      return;
    }
    tell(`> ${what}: ok, ${seconds(begin)}\n`);
    story.isOver = true;
    while (running[0]?.isOver) {
      running.shift();
      for (const text of running[0]?.kept.splice(0) ?? []) show(text);
    }
  };

  const stop = () => {
    exitCode ||= 1;
    for (const child of children) end(child);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  await Promise.all(
    lanes.map(async (steps) => {
      for (const step of steps) if (exitCode === 0) await runStep(step);
    }),
  );
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return exitCode;
}

/**
 * Starts a program and passes on what it prints. Resolves to its exit code; a signal counts as 1, as does a program
 * that cannot be started.
 * @param {[string, ...string[]]} command
 * @param {NodeJS.ProcessEnv | undefined} env
 * @param {Set<import('node:child_process').ChildProcess>} children holds it while it runs
 * @param {(text: string) => void} tell
 * @returns {Promise<number>}
 */
function start([program, ...args], env, children, tell) {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
      ...env,
      PATH: join(ROOT, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? ''),
    },
    // A group of its own: whatever it started ends with it.
    detached: process.platform !== 'win32',
    // npm's programs are .cmd files on Windows, which only a shell can start.
    shell: process.platform === 'win32',
  });
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', tell);
  return new Promise((resolve) => {
    const over = (/** @type {number} */ code) => {
      children.delete(child);
      resolve(code);
    };
    child.once('error', (error) => {
      tell(`${program}: ${error.message}\n`);
      over(1);
    });
    child.once('close', (code) => over(code ?? 1));
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function end(child) {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill();
    else process.kill(-child.pid);
  } catch {
    // It has just ended by itself.
  }
}
