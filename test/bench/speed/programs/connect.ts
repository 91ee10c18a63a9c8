/** Opens and closes connections, one after the other: both handshakes, to the end of the TCP connection. */
import type { Adapter } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import type { Program } from './program.ts';

export async function prepareConnect(job: Job, adapter: Adapter): Promise<Program> {
  const ignore = (): void => {};
  return {
    async round(n) {
      for (let count = 0; count < n; count++) {
        await new Promise<void>((resolve, reject) => {
          adapter
            .open(job, { text: ignore, binary: ignore, closed: resolve })
            .then((line) => line.close(), reject);
        });
      }
      return undefined;
    },
  };
}
