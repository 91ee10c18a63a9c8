/** The program of attacked-program.ts, started once for a file of tests, and the checks that hold for every attack. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { IN_FULL } from '../tools/campaign.ts';
import { closeFrame } from '../tools/server-frame.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from './hostile-server.ts';
import { type Ordeal, type Report, WAYS, type Way } from './ordeal.ts';

/** Memory may grow by this much in any attack. */
const MAX_GROWTH_BYTES = 32 * 1024 * 1024;

/** One attack: what the server does, and what the client must have made of it. */
export interface Attack {
  /** Does the harm. The request is there; nothing has been answered. */
  readonly serve: (connection: HostileConnection) => unknown;
  /** The code of our Close frame; `none` where we say nothing. Default: not looked at. */
  readonly wire?: number | 'none';
  /** The error's code; undefined where there is none. */
  readonly error?: string | undefined;
  /** More that the report must have. */
  readonly report?: object;
  readonly protocols?: string[];
  readonly options?: Ordeal['options'];
  readonly transport?: Ordeal['transport'];
  /** How far memory may grow, in bytes. Default 32 MiB. */
  readonly growth?: number;
  /** Default: all of them. */
  readonly ways?: readonly Way[];
  /** Looks at both ends afterwards. */
  readonly check?: (connection: HostileConnection, report: Report) => unknown;
}

export interface Attacked {
  /** Lets the program connect and waits for its report. */
  suffer(ordeal: Partial<Ordeal> & Pick<Ordeal, 'way' | 'url'>): Promise<Report>;
  /** One test for every way to connect. The title names the row: `(attack 7)`. */
  attack(title: string, attack: Attack): void;
}

/** Registers the hooks that start and stop the program, and gives the means to attack it. */
export function attacked(): Attacked {
  let program: ChildProcess;
  let folder: string;
  let server: HostileServer | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdline-attacked-'));
    const outfile = join(folder, 'attacked.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'attacked-program.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      mainFields: ['module', 'main'],
    });
    program = fork(outfile, { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    // The first connections load and compile everything.
    for (let round = 0; round < 3; round++) for (const way of WAYS) await greet(way);
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  afterAll(async () => {
    try {
      // No attack has hurt it for the next ones: whatever of it is attacked, it still serves.
      for (const way of WAYS) await greet(way);
    } finally {
      program.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const suffer: Attacked['suffer'] = (ordeal) =>
    new Promise((resolve, reject) => {
      const died = (code: number | null): void => reject(new Error(`The program died: ${code}`));
      program.once('exit', died);
      program.once('message', (report: Report) => {
        program.off('exit', died);
        resolve(report);
      });
      program.send({ protocols: [], options: {}, transport: {}, ...ordeal });
    });

  /** Opens and closes in order: the program is well. */
  async function greet(way: Way): Promise<void> {
    const friendly = await startHostileServer(async (connection) => {
      await connection.write(connection.answer());
      connection.socket.end(closeFrame(1000));
    });
    try {
      expect(await suffer({ way, url: friendly.url })).toMatchObject({ closes: 1, code: 1000, uncaught: [] });
    } finally {
      await friendly.close();
    }
  }

  const attack: Attacked['attack'] = (title, { ways = WAYS, ...attack }) => {
    it.each(ways)(`${title}: %s`, async (way) => {
      server = await startHostileServer(attack.serve);
      const { protocols = [], options = {}, transport = {} } = attack;
      const report = await suffer({ way, url: server.url, protocols, options, transport });
      const connection = server.connections[0] as HostileConnection;
      expect(report).toMatchObject({ closes: 1, uncaught: [], ...attack.report });
      expect(report.error?.code).toBe(attack.error);
      expect(report.growth).toBeLessThan(attack.growth ?? MAX_GROWTH_BYTES);
      // The server reads to the end before it is asked what came.
      connection.socket.resume();
      await connection.ended;
      if (attack.wire === 'none') expect(connection.received.length).toBe(0);
      else if (attack.wire !== undefined) expect(connection.closeCodes).toEqual([attack.wire]);
      await attack.check?.(connection, report);
      // In `npm test` the next attack, and the greetings at the end of the file, show that the program is well.
      if (IN_FULL) await greet(way);
    });
  };

  return { suffer, attack };
}
