/** A server that was there, and says no for a while: what its refusals mean, by what came before. */
import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import { DEPLOY_MS } from '../../src/connection/retry-policy.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { type Bench, setUp } from './set-up.ts';

async function over({ client, clock }: Bench): Promise<void> {
  const closed = client.close({ flush: false });
  await clock.advance(5_000);
  await closed;
}

describe('an address that was ready before', () => {
  it.each([400, 403, 404])('and answers HTTP %i is tried again for five minutes', async (status) => {
    let deploying = false;
    const onConnect = (end: ScriptedConnection): void => (deploying ? end.refuse(status) : end.accept());
    const bench = setUp({}, { onConnect });
    await bench.open();
    const { client, clock, server } = bench;
    deploying = true;
    server.last.drop();
    await clock.advance(120_000);
    expect(client.why().rule).toBe(`HTTP ${status} where it was ready before may be a deployment`);
    deploying = false;
    await clock.advance(30_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
    deploying = true;
    server.last.drop();
    await clock.advance(DEPLOY_MS);
    expect(client.state.status).toBe('waiting');
    await clock.advance(60_000);
    expect([client.state.status, client.why().rule]).toEqual([
      'closed',
      `the server refused with HTTP ${status}`,
    ]);
    await over(bench);
  });

  it('gets its minutes anew when something else came between', async () => {
    let answer: number | 'drop' = 404;
    const onConnect = (end: ScriptedConnection): void => {
      if (bench.client.state.epoch === 0) end.accept();
      else if (answer === 'drop') end.drop();
      else end.refuse(answer);
    };
    const bench: Bench = setUp({}, { onConnect });
    await bench.open();
    const { client, clock, server } = bench;
    server.last.drop();
    for (const next of [404, 'drop', 404] as const) {
      answer = next;
      await clock.advance(DEPLOY_MS - 60_000);
    }
    expect(client.state.status).toBe('waiting');
    await over(bench);
  });
});

it('an address that never was ready and answers HTTP 404 is not tried again', async () => {
  const bench = setUp({}, { onConnect: (end) => end.refuse(404) });
  await bench.open();
  expect(bench.client.state.status).toBe('closed');
});

describe('a token that has expired', () => {
  const cases: readonly (readonly [string, (end: ScriptedConnection) => void])[] = [
    ['HTTP 403', (end) => end.refuse(403)],
    ...[1008, 4003, 4403].map(
      (code) =>
        [
          `the close code ${code}`,
          (end: ScriptedConnection) => {
            end.accept();
            end.close(code, 'token expired');
          },
        ] as const,
    ),
  ];

  it.each(cases)('and is refused with %s is renewed once', async (_name, refuse) => {
    let token = 'old';
    let asked = 0;
    const refresh = (): string => {
      asked++;
      token = 'new';
      return token;
    };
    const onConnect = (end: ScriptedConnection): void =>
      end.request.headers[0]?.[1] === 'Bearer new' ? end.accept() : refuse(end);
    const bench = setUp({ auth: bearer({ token: () => token, refresh }) }, { onConnect });
    await bench.open();
    expect([bench.client.state.status, asked]).toEqual(['ready', 1]);
    await over(bench);
  });

  it.each(cases)('and the new one too is refused with %s: no loop', async (_name, refuse) => {
    let asked = 0;
    const refresh = (): string => `t${++asked}`;
    const bench = setUp({ auth: bearer({ token: 'old', refresh }) }, { onConnect: refuse });
    await bench.open();
    await bench.clock.advance(60_000);
    const { status } = bench.client.state;
    expect([['closed', 'waiting', 'ready'].includes(status), asked]).toEqual([true, 1]);
    expect(bench.server.connections.length).toBeLessThan(8);
    await over(bench);
  });
});

describe('a server that answers and drops', () => {
  it('sees at most 4 lines in any 8 s, and every wait is longer than the last', async () => {
    const at: number[] = [];
    const bench = setUp(
      { random: { fill: () => {}, uniform: () => 0 } as never },
      {
        onConnect: (end) => {
          at.push(bench.clock.now());
          end.accept();
        },
        onMessage: (end, data) => {
          end.send(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(data as string).id, result: 's' }));
          end.close(1008, 'Too many requests');
        },
      },
    );
    const { client, clock } = bench;
    client.subscribe('a').on(() => {});
    client.connect();
    await clock.advance(60_000);
    for (const from of at)
      expect(at.filter((time) => time >= from && time < from + 8_000).length).toBeLessThan(5);
    const waits = at.slice(1).map((time, index) => time - (at[index] as number));
    expect(waits.slice(0, 5)).toEqual([0, 2_000, 4_000, 8_000, 15_000]);
    await over(bench);
  });
});
