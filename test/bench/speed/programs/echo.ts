/** Keeps `inFlight` messages on their way there and back: for every one that returns another is sent. */
import type { Adapter } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import { messageOf, varietyOf } from '../payload.ts';
import type { Program } from './program.ts';

export async function prepareEcho(job: Job, adapter: Adapter): Promise<Program> {
  const { payload, inFlight } = job;
  const variety = varietyOf(payload);
  const messages = Array.from({ length: variety }, (_, index) => messageOf(payload, index));
  const lengthOfOne = (messages[0] as string).length;
  const isPingPong = inFlight === 1;

  let n = 0;
  let sent = 0;
  let received = 0;
  let length = 0;
  let last: string | Uint8Array = '';
  let finish: () => void = () => {};
  let began = 0;
  let delays = new Float64Array(0);
  const next = (): void => {
    if (isPingPong) began = performance.now();
    line.send(messages[sent++ % variety] as string);
  };
  const took = (message: string | Uint8Array): void => {
    if (isPingPong) delays[received] = performance.now() - began;
    length += message.length;
    received++;
    if (sent < n) next();
    if (received < n) return;
    last = message;
    finish();
  };
  const line = await adapter.open(job, {
    text: took,
    binary: took,
    closed: () => {
      throw new Error('The connection was closed.');
    },
  });

  return {
    async round(count) {
      n = count;
      sent = received = length = 0;
      if (isPingPong) delays = new Float64Array(n);
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const first = Math.min(n, inFlight);
      const start = (): void => {
        while (sent < first) next();
      };
      if (adapter.batch === undefined) start();
      else adapter.batch(line, start);
      await finished;
      return () => {
        const expected = messages[(n - 1) % variety];
        if (length !== n * lengthOfOne) throw new Error(`${length} came back of ${n * lengthOfOne}.`);
        if (typeof last === 'string' && last !== expected)
          throw new Error('The last message came back changed.');
        if (!isPingPong) return {};
        delays.sort();
        const at = (share: number): number => (delays[Math.floor(n * share)] as number) * 1_000;
        return { p50: at(0.5), p99: at(0.99) };
      };
    },
  };
}
