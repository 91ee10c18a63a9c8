/**
 * A process of its own in which every call that moves bytes is counted. `process.argv`: the server's addresses, the load, how many
 * messages. Sends one report and ends.
 */
import { moved, reset } from './counted-copies.ts';
import { createLoads } from './loads.ts';

const [plain, secure, load, messages] = process.argv.slice(2) as [string, string, string, string];
const start = createLoads({ plain, secure })[load];
if (start === undefined) throw new Error(`There is no load "${load}".`);
const count = Number(messages);
const run = await start();
await run(count);
reset();
await run(count);
const calls = Object.fromEntries(Object.entries(moved.calls).map(([name, times]) => [name, times / count]));
process.send?.({ copied: moved.copied / count, converted: moved.converted / count, calls }, () =>
  process.exit(),
);
