// What a run of a suite on a runtime came to, and the table of all of them. No input or output here.

/** @typedef {import('./runtime-results.d.mts').Event} Event */
/** @typedef {import('./runtime-results.d.mts').Gap} Gap */
/** @typedef {import('./runtime-results.d.mts').Outcome} Outcome */
/** @typedef {import('./runtime-results.d.mts').Results} Results */

/**
 * Which files a run of vitest has begun and not ended, and which it has not begun.
 * @param {readonly Event[]} events
 */
export function unfinished(events) {
  const files = new Set(events.flatMap((event) => (event.kind === 'run' ? event.files : [])));
  /** @type {Set<string>} */
  const begun = new Set();
  for (const event of events) {
    if (event.kind === 'start') begun.add(event.file);
    if (event.kind === 'end') {
      begun.delete(event.file);
      files.delete(event.file);
    }
  }
  return { begun: [...begun], left: [...files].filter((file) => !begun.has(file)) };
}

/**
 * @param {Gap} gap
 * @param {string} runtime
 */
const isFor = (gap, runtime) => gap.on.includes(/** @type {never} */ (runtime));

/**
 * The gaps that keep whole files from a runtime.
 * @param {readonly Gap[]} gaps
 * @param {string} runtime
 */
export const filesNotRun = (gaps, runtime) =>
  gaps.filter((gap) => isFor(gap, runtime) && gap.test === undefined);

/**
 * Counts what the events of a suite's runs tell. A test that a gap names is expected to fail: failed, it is a known gap,
 * and passed, the gap is out of date, which is a failure too, so that no list of excuses outlives its reasons.
 * @param {readonly Event[]} events of all runs of this suite
 * @param {readonly Gap[]} gaps
 * @param {string} runtime
 * @param {readonly string[]} stuck files that ended neither well nor badly
 * @returns {Outcome}
 */
export function outcomeOf(events, gaps, runtime, stuck = []) {
  /** @type {Outcome} */
  const outcome = { passed: 0, failures: [], gaps: 0, notRun: [] };
  const excused = filesNotRun(gaps, runtime).map(({ file }) => file);
  for (const file of stuck) if (!excused.includes(file)) outcome.failures.push(`${file}: did not end`);
  for (const event of events) {
    if (event.kind === 'finish')
      for (const error of event.errors) outcome.failures.push(`uncaught: ${error}`);
    if (event.kind !== 'end') continue;
    const here = gaps.filter(
      (gap) => isFor(gap, runtime) && gap.test !== undefined && gap.file === event.file,
    );
    const unused = new Set(here);
    if (event.error !== undefined) outcome.failures.push(`${event.file}: ${event.error}`);
    for (const test of event.tests) {
      const gap = here.find((each) => test.name.includes(/** @type {string} */ (each.test)));
      if (gap && test.state === 'failed') {
        unused.delete(gap);
        outcome.gaps += 1;
      } else if (test.state === 'failed') {
        outcome.failures.push(`${event.file} > ${test.name}: ${test.error ?? ''}`);
      } else if (test.state === 'passed') {
        outcome.passed += 1;
      } else {
        outcome.notRun.push(`${event.file} > ${test.name}`);
      }
    }
    for (const { test, sometimes } of unused) {
      if (!sometimes)
        outcome.failures.push(`${event.file}: the gap '${test}' is closed; take it from the list`);
    }
  }
  return outcome;
}

/**
 * The table of the documentation, and below it the reasons.
 * @param {Results} results runtime -> suite -> outcome
 * @param {readonly Gap[]} gaps
 * @param {readonly string[]} suites the rows, in order
 * @returns {string} Markdown
 */
export function report(results, gaps, suites) {
  const runtimes = Object.keys(results);
  const title = (/** @type {string} */ name) => `${TITLES[name] ?? name} ${results[name]?.version}`;
  const lines = [
    `| suite | ${runtimes.map(title).join(' | ')} |`,
    `| --- |${' --- |'.repeat(runtimes.length)}`,
    ...suites.map(
      (suite) => `| ${suite} | ${runtimes.map((name) => cell(results[name]?.suites[suite])).join(' | ')} |`,
    ),
  ];
  for (const name of runtimes) {
    const own = gaps.filter((gap) => isFor(gap, name));
    if (own.length === 0) continue;
    lines.push('', `### ${TITLES[name] ?? name}`, '');
    for (const why of new Set(own.map((gap) => gap.why))) {
      const tests = own.filter((gap) => gap.why === why).map(shownGap);
      lines.push(`- ${why} (${tests.join('; ')})`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** @param {Gap} gap */
function shownGap({ file, test, sometimes }) {
  const path = `\`${file.replace(/^test\//, '')}\``;
  if (test === undefined) return `${path} is not run`;
  return `${path}: *${test}*${sometimes ? ', sometimes' : ''}`;
}

/** @type {Record<string, string>} */
const TITLES = { node: 'Node', node22: 'Node', node24: 'Node', node26: 'Node', bun: 'Bun', deno: 'Deno' };

/** @param {Outcome | string | undefined} outcome a string is the reason why a suite is not run */
function cell(outcome) {
  if (outcome === undefined) return 'not measured';
  if (typeof outcome === 'string') return `not run: ${outcome}`;
  return [
    `${outcome.passed} passed`,
    outcome.failures.length > 0 ? `**${outcome.failures.length} failed**` : '',
    outcome.gaps > 0 ? `${outcome.gaps} known gaps` : '',
    outcome.notRun.length > 0 ? `${outcome.notRun.length} not run` : '',
  ]
    .filter(Boolean)
    .join(', ');
}
