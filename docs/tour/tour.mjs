// `npm start`: shows what holdline does, step by step, and checks every step. Then it serves the same as a page.
//
//   node docs/tour/tour.mjs
//
// Without a terminal it ends by itself: 0 if every step went well, else 1.
import { pathToFileURL } from 'node:url';
import { startPage } from './page-server.mjs';
import { startServer } from './server.mjs';
import { STEPS } from './steps.mjs';
import { check, createTimeline, runSteps, within } from './timeline.mjs';

/**
 * Runs the tour, then serves the page for as long as somebody wants it.
 *
 * @param {{ methods?: Record<string, (params: any) => unknown>, stay?: () => Promise<unknown>, color?: boolean,
 *   write?: (line: string) => void }} [options] `stay`: resolves when the page is no longer wanted; without it, it is
 *   looked at once. `methods`: other answers of the server, for tests
 * @returns {Promise<number>} the exit code
 */
export async function main({ methods, stay, color = false, write = console.log } = {}) {
  const timeline = createTimeline({ write, color });
  timeline.text('holdline, the tour: a server on this machine, and the Node client over raw TCP.');
  const server = await startServer({ methods });
  const tour = { timeline, server };
  let page;
  try {
    if (!(await runSteps(STEPS, tour))) return 1;
    timeline.text(`\nAll ${STEPS.length} steps went as they should.`);
    await server.start();
    page = await startPage(server);
    if (stay === undefined) {
      await lookAt(timeline, page.url);
      timeline.text('Run it in a terminal to have the same in a browser, with buttons.');
    } else {
      timeline.text(`The same in a browser, with buttons: ${timeline.paint('bold', page.url)}`);
      timeline.text('Ctrl-C ends it.');
      await stay();
    }
    return 0;
  } catch (error) {
    timeline.wrong(error?.message ?? error);
    return 1;
  } finally {
    await Promise.all([tour.client?.close(), server.kill(), page?.close()]);
  }
}

/** Nobody will open the page: see that it is there. Its address, which is gone in a moment, is offered to no one. */
async function lookAt(timeline, url) {
  const response = await within('the page', fetch(url, { headers: { connection: 'close' } }));
  await response.text();
  check(timeline, 'the page is served; nobody waits for it here, so the tour ends', response.status, 200);
}

/** The first Ctrl-C ends the page in order, a second one whatever is left. Before the page, one ends the tour. */
function untilInterrupted() {
  return new Promise((resolve) => process.once('SIGINT', resolve));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const terminal = process.stdout.isTTY === true;
  // As other tools read it: set to anything but these.
  const inCi = !['', '0', 'false'].includes(process.env.CI ?? '');
  process.exitCode = await main({
    stay: terminal && !inCi ? untilInterrupted : undefined,
    color: terminal && !process.env.NO_COLOR,
  });
}
