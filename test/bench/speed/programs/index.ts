import type { Adapter } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import { prepareConnect } from './connect.ts';
import { prepareEcho } from './echo.ts';
import { prepareIdle } from './idle.ts';
import type { Program } from './program.ts';
import { prepareReceive } from './receive.ts';
import { prepareRequest } from './request.ts';
import { prepareSend } from './send.ts';

export type { Program } from './program.ts';

/** The job's program for a client of the usual interface. */
export function programFor(job: Job, adapter: Adapter): Promise<Program> {
  switch (job.program) {
    case 'send':
      return prepareSend(job, adapter);
    case 'receive':
      return prepareReceive(job, adapter);
    case 'echo':
      return prepareEcho(job, adapter);
    case 'connect':
      return prepareConnect(job, adapter);
    case 'idle':
      return prepareIdle(job, adapter);
    case 'request':
      return prepareRequest(job, adapter);
  }
}
