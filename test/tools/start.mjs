#!/usr/bin/env node
// `npm start`: installs if needed, builds if needed, runs the tour. Works before anything is installed.
import { isStale, newest, ROOT, run } from './run.mjs';

/**
 * @param {string} what
 * @param {string} program
 * @param {string[]} args
 */
async function step(what, program, args) {
  console.log(`> ${what}`);
  const code = await run(program, args);
  if (code !== 0) {
    console.error(`${program} ${args.join(' ')} ended with exit code ${code}.`);
    process.exit(code);
  }
}

process.chdir(ROOT);
// npm leaves this file behind when an install is complete.
if (newest('node_modules/.package-lock.json') < newest('package-lock.json')) {
  await step('installing what package-lock.json names (once)', 'npm', ['ci', '--no-audit', '--no-fund']);
}
if (isStale()) {
  await step('building dist/', 'npm', ['run', '--silent', 'build']);
}
// Ctrl-C is for the tour, which is in the same terminal and ends by it: its exit code is ours.
process.on('SIGINT', () => {});
process.exitCode = await run(process.execPath, ['docs/tour/tour.mjs', ...process.argv.slice(2)]);
