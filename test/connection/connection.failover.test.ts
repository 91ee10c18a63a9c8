// A list of addresses: which one is dialled when, and what is told of it.
import { describe, expect, it } from 'vitest';
import { createHarness, type Harness } from '../tools/connection-harness.ts';

const url = ['ws://a/?token=hush', new URL('ws://user:hush@b/'), 'ws://c/path?token=hush'];

const dialled = ({ server }: Harness): string[] =>
  server.connections.map(({ request }) => new URL(request.url).host);

/** Every attempt is refused; the moments of them, by host. */
async function refusedFor(ms: number): Promise<[host: string, at: number][]> {
  const attempts: [string, number][] = [];
  const harness = createHarness({
    options: { url },
    server: {
      onConnect: (connection) => {
        attempts.push([new URL(connection.request.url).host, harness.clock.now()]);
        connection.refuse(503);
      },
    },
  });
  harness.connection.connect();
  await harness.clock.advance(ms);
  await harness.finish();
  return attempts;
}

describe('several addresses', () => {
  it('tries the next one a short while after a failure, and waits the backoff after a whole round', async () => {
    expect(await refusedFor(6_000)).toEqual([
      ['a', 0],
      ['b', 500],
      ['c', 1_000],
      ['a', 3_500],
      ['b', 4_000],
      ['c', 4_500],
    ]);
  });

  it('stays where it is connected, also after a stable line is lost', async () => {
    const harness = createHarness({
      options: { url },
      server: {
        onConnect: (connection) => {
          if (new URL(connection.request.url).host === 'a') connection.refuse(503);
          else connection.accept();
        },
      },
    });
    const { clock, connection, server } = harness;
    connection.connect();
    await clock.advance(10_000);
    server.last.drop();
    await clock.advance(10_000);
    expect(dialled(harness)).toEqual(['a', 'b', 'b']);
    expect([connection.state.status, connection.options.failover?.index]).toEqual(['ready', 1]);
    await harness.finish();
  });

  it('leaves a server that accepts and hangs up', async () => {
    const harness = createHarness({
      options: { url },
      server: {
        onConnect: (connection) => {
          connection.accept();
          if (new URL(connection.request.url).host === 'a') connection.drop();
        },
      },
    });
    harness.connection.connect();
    await harness.clock.advance(1_000);
    expect(dialled(harness)).toEqual(['a', 'b']);
    await harness.finish();
  });

  it('a wait that one server asks for holds for the round, not for the next server', async () => {
    const harness = createHarness({
      options: { url },
      server: {
        onConnect: (connection) => {
          const isFirst = new URL(connection.request.url).host === 'a';
          connection.refuse(503, isFirst ? { retryAfter: 40_000 } : {});
        },
      },
    });
    const { connection, clock } = harness;
    connection.connect();
    await clock.advance(30_000);
    expect(dialled(harness)).toEqual(['a', 'b', 'c']);
    await clock.advance(20_000);
    expect(dialled(harness).slice(3)).toEqual(['a', 'b', 'c']);
    await harness.finish();
  });

  it('a server that says stop speaks for all', async () => {
    const harness = createHarness({
      options: { url },
      server: { onConnect: (connection) => connection.refuse(404) },
    });
    harness.connection.connect();
    await harness.clock.advance(60_000);
    expect([dialled(harness), harness.connection.state.status]).toEqual([['a'], 'closed']);
    await harness.finish();
  });

  it('says which address it is, without what may be secret', async () => {
    const harness = createHarness({
      options: { url },
      server: { onConnect: (connection) => connection.refuse(503) },
    });
    const { connection, clock } = harness;
    expect(connection.diagnosis.target).toBeUndefined();
    const seen: (string | undefined)[] = [];
    harness.onTold = (name) => {
      if (name === '> waiting') seen.push(connection.diagnosis.target);
    };
    connection.connect();
    await clock.advance(1_100);
    expect(seen).toEqual(['ws://a/', 'ws://b/', 'ws://c/path']);
    await harness.finish();
  });
});
