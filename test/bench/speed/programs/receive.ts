/** Asks the server for n messages and takes them: counted, every length checked, the last one compared. */
import type { Adapter } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import { bytesOf, textOf } from '../payload.ts';
import type { Program } from './program.ts';

export async function prepareReceive(job: Job, adapter: Adapter): Promise<Program> {
  const { payload, blockCount } = job;
  const isText = payload.kind !== 'binary';
  const lengthOfOne = isText ? textOf(payload, 0).length : payload.bytes;

  let total = 0;
  let left = 0;
  let length = 0;
  let last: string | Uint8Array = '';
  let finish: () => void = () => {};
  const took = (message: string | Uint8Array): void => {
    length += message.length;
    if (--left > 0) return;
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

  const order = (text: string): void => (line.order === undefined ? line.send(text) : line.order(text));
  return {
    async round(n) {
      left = n;
      total += n;
      length = 0;
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      order(`!${n}`);
      await finished;
      return () => {
        const index = (total - 1) % blockCount;
        const isSame = isText
          ? last === textOf(payload, index)
          : Buffer.compare(last as Uint8Array, bytesOf(payload, index)) === 0;
        if (length !== n * lengthOfOne) throw new Error(`${length} received, ${n * lengthOfOne} sent.`);
        if (!isSame) throw new Error(`Message ${index} has arrived changed, or as something else.`);
        return {};
      };
    },
  };
}
