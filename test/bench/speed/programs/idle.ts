/** Opens n connections, leaves them alone, and tells how much memory each of them keeps. One round only. */
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import type { Adapter, Line } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import type { Program } from './program.ts';

const AT_A_TIME = 64;
const REST_MS = 1_000;

function collect(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(now: boolean): void } };
  Bun?.gc(true);
  gc?.();
}

async function settled(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await wait(REST_MS / 3);
  }
  return process.memoryUsage().rss;
}

export async function prepareIdle(job: Job, adapter: Adapter): Promise<Program> {
  const ignore = (): void => {};
  const lines: Line[] = [];
  let isOver = false;
  const open = async (): Promise<void> => {
    const closed = (): void => {
      if (!isOver) throw new Error('A connection was closed.');
    };
    lines.push(await adapter.open(job, { text: ignore, binary: ignore, closed }));
  };
  // What one connection loads (modules, code, pools) is not counted.
  for (let count = 0; count < 10; count++) await open();
  return {
    async round(n) {
      const before = await settled();
      let left = n;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await open();
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, worker));
      const rss = ((await settled()) - before) / n;
      isOver = true;
      return () => ({ rss, open: lines.length });
    },
  };
}
