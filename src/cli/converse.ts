import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { onAbort } from '../base/abort.ts';
import { systemClock } from '../base/clock.ts';
import { consoleTrace } from '../client/console-trace.ts';
import { connect } from '../client/create-client.node.ts';
import type { Socket } from '../client/socket.ts';
import type { Conversation } from './arguments.ts';
import { escaped, printed, printedAsJson } from './printed.ts';
import { recordTo } from './record-to.ts';

/** Where a command reads and writes. */
export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Unsent bytes above which no further line is read. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** How often unsent bytes are looked at, in milliseconds. */
const UNSENT_CHECK_MS = 10;

/**
 * Connects, sends the lines of the input, prints what comes, and closes: when the server does, when nobody reads the
 * output any more, or `wait` milliseconds after the end of the input.
 *
 * @throws whatever kept it from being made, or ended it early
 */
export async function converse(options: Conversation, streams: Streams): Promise<void> {
  const { url, protocols, headers, wait, trace, json, record } = options;
  const { stdin, stdout, stderr } = streams;
  const write = (line: string): void => void stderr.write(`${escaped(line)}\n`);
  using file = record === undefined ? undefined : recordTo(record);
  await using socket = await connect(url, {
    protocols,
    ...(file === undefined ? { headers } : { transport: file.transport(headers) }),
    trace: trace ? consoleTrace({ payload: true, write }) : undefined,
  });
  const unread = new AbortController();
  stdout.on('error', () => unread.abort()); // such as EPIPE: `holdline … | head -1`
  const reading = printAll(socket, stdout, json ? printedAsJson : printed, unread.signal);
  const lines = createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const over = new AbortController();
  const talking = sendAll(socket, lines, over.signal).then(() => pause(wait, over.signal));
  try {
    await Promise.race([reading, talking]);
  } finally {
    over.abort();
    lines.close();
  }
  await socket.close();
  await reading;
}

async function printAll(
  socket: Socket,
  stdout: Writable,
  form: (message: string | Uint8Array) => string,
  unread: AbortSignal,
): Promise<void> {
  for await (const message of socket) {
    if (unread.aborted) return;
    // A slow reader of the output makes us read slowly, and so the server wait.
    if (!stdout.write(`${form(message)}\n`)) await once(stdout, 'drain', { signal: unread }).catch(() => {});
    if (unread.aborted) return;
  }
}

async function sendAll(socket: Socket, lines: AsyncIterable<string>, over: AbortSignal): Promise<void> {
  for await (const line of lines) {
    if (over.aborted) return;
    socket.send(line);
    while (socket.bufferedAmount > MAX_UNSENT_BYTES && !over.aborted) await pause(UNSENT_CHECK_MS, over);
  }
}

/** Waits; for ever, if `ms` is infinite. When all is over it leaves no timer behind that would keep the process. */
function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (over.aborted || ms === Number.POSITIVE_INFINITY) return;
    const timer = systemClock.setTimer(resolve, ms);
    onAbort(over, () => systemClock.clearTimer(timer));
  });
}
