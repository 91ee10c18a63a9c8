/** Sends `perTick` messages a turn of the event loop, never more under way than the window, until the server has them. */
import { setImmediate } from 'node:timers';
import type { Adapter } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import { checksumOf, messageOf, varietyOf } from '../payload.ts';
import type { Program } from './program.ts';

export async function prepareSend(job: Job, adapter: Adapter): Promise<Program> {
  const { payload, perTick, ackEvery, window } = job;
  const variety = varietyOf(payload);
  const messages = Array.from({ length: variety }, (_, index) => messageOf(payload, index));
  const checksums = messages.map(checksumOf);

  let n = 0;
  let sent = 0;
  let confirmed = 0;
  let isWaiting = false;
  let finish: (answer: string) => void = () => {};
  const line = await adapter.open(job, {
    text(message) {
      if (message !== 'ack') return finish(message);
      confirmed += ackEvery;
      if (isWaiting) turn();
    },
    binary() {},
    closed: () => {
      throw new Error('The connection was closed.');
    },
  });

  function sends(): void {
    const end = Math.min(n, sent + perTick, confirmed + window);
    while (sent < end) line.send(messages[sent++ % variety] as string | Uint8Array);
  }
  const batch = adapter.batch === undefined ? sends : () => adapter.batch?.(line, sends);

  function turn(): void {
    batch();
    isWaiting = sent - confirmed >= window;
    if (sent < n && !isWaiting) setImmediate(turn);
  }

  const order = (text: string): void => (line.order === undefined ? line.send(text) : line.order(text));
  return {
    async round(count) {
      n = count;
      sent = confirmed = 0;
      const answered = new Promise<string>((resolve) => {
        finish = resolve;
      });
      order(`!${n},${ackEvery}`);
      setImmediate(turn);
      const answer = await answered;
      return () => {
        const expected = `done ${n} ${n * payload.bytes} ${checksums[(n - 1) % variety]}`;
        // The server cannot see through compression: it counts.
        const isRight = job.deflate ? answer.startsWith(`done ${n} `) : answer === expected;
        if (!isRight) throw new Error(`The server says "${answer}" where "${expected}" is right.`);
        const bytes = Number(answer.split(' ')[2]);
        return { wireBytes: bytes / n };
      };
    },
  };
}
