import { describe, expect, it } from 'vitest';
import type { Closure } from '../../../src/protocol/closure.ts';
import { runConnections } from './connections.ts';
import { holdline, holdlineTold } from './policies/holdline.ts';
import type { ServerKind } from './server.ts';
import { simulateStorm } from './simulation.ts';

const CLIENTS = 300;
/** A server as slow for 300 clients as the table's is for 100,000. */
const SCENE = { outage: 5_000, acceptsPerSecond: 15, roundTrip: 50 };

const LOST: Closure = { code: 1006, reason: '', wasClean: false };
const RESTARTS: Closure = { code: 1012, reason: '', wasClean: true, received: { code: 1012, reason: '' } };

describe('the simulation and real connections', () => {
  it.each([
    ['shed', LOST, holdline],
    ['queue', LOST, holdline],
    ['shed', RESTARTS, holdlineTold],
    ['queue', RESTARTS, holdlineTold],
  ] as const)(
    'make the same attempts at the same times (%s, %o)',
    async (server: ServerKind, loss, policy) => {
      const seed = 7;
      const simulated: [number, number][] = [];
      const result = simulateStorm({
        policy,
        server,
        clients: CLIENTS,
        seed,
        scene: SCENE,
        onAttempt: (client, time) => simulated.push([client, time]),
      });
      const real = await runConnections({ server, clients: CLIENTS, seed, scene: SCENE, loss });
      expect(result.back).toBe(CLIENTS);
      expect(simulated.length).toBeGreaterThanOrEqual(CLIENTS);
      expect(rounded(real)).toEqual(rounded(simulated));
    },
  );
});

/** The clock counts from another moment: the last bits of the numbers differ. */
function rounded(attempts: [number, number][]): [number, string][] {
  return attempts.map(([client, time]) => [client, time.toFixed(6)]);
}
