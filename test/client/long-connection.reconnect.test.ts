import { describe, expect, it } from 'vitest';
import { handover } from '../../src/connection/handover.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { type Bench, setUp, watch } from './set-up.ts';

const answer = (end: ScriptedConnection, data: unknown): void => {
  const { id, method } = JSON.parse(data as string);
  if (method !== 'slow') end.send(JSON.stringify({ jsonrpc: '2.0', id, result: method }));
};

async function over({ client, clock }: Bench): Promise<void> {
  const closed = client.close({ flush: false });
  await clock.advance(5_000);
  await closed;
  expect(clock.pendingTimers).toBe(0);
}

describe('client.reconnect', () => {
  it('gives the line up at once with 4000 and the reason, and gets another one soon', async () => {
    const bench = setUp();
    await bench.open();
    const { client, clock, server } = bench;
    client.reconnect('new token');
    expect(client.state).toMatchObject({ status: 'waiting', reason: 'reconnect called' });
    expect(client.why()).toMatchObject({ rule: 'reconnect called: new token', lastError: undefined });
    expect(client.why().lastClosure?.sent).toEqual({ code: 4_000, reason: 'new token' });
    await clock.advance(550);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
    expect(server.connections.map(({ state }) => state)).toEqual(['closed', 'open']);
    expect(bench.of('lost')).toMatchObject([{ epoch: 1 }]);
    expect(bench.of('error')).toEqual([]);
    await over(bench);
  });

  it('keeps subscriptions, idempotent requests and what is sent meanwhile', async () => {
    const bench = setUp({}, { onMessage: answer });
    await bench.open();
    const { client, clock, server } = bench;
    const subscription = client.subscribe('events');
    const asked = watch(client.request('slow', 1, { idempotent: true }));
    await clock.advance(0);
    client.reconnect();
    const sent = watch(client.notify('seen'));
    await clock.advance(1_000);
    const methods = server.last.received.map((data) => JSON.parse(data as string).method);
    expect(methods).toEqual(['subscribe', 'slow', 'seen']);
    expect([subscription.status, asked.settled, sent.value]).toMatchObject(['active', 0, { epoch: 2 }]);
    subscription.unsubscribe();
    await over(bench);
    expect(asked.settled).toBe(1);
  });

  it('again and again on lines that do not live waits as after a server that drops: 4 lines in 8 s', async () => {
    const bench = setUp({ random: { fill: () => {}, uniform: () => 0 } as never });
    await bench.open();
    const { client, clock, server } = bench;
    while (clock.now() < 7_900) {
      if (client.state.status === 'ready') client.reconnect();
      await clock.advance(100);
    }
    expect(server.connections.length).toBeLessThanOrEqual(4);
    await over(bench);
  });

  it('works where reconnect is switched off, and during an attempt', async () => {
    const bench = setUp({ reconnect: false });
    bench.client.connect();
    bench.client.reconnect();
    await bench.clock.advance(1_000);
    expect(bench.client.state).toMatchObject({ status: 'ready', epoch: 1 });
    bench.client.reconnect();
    await bench.clock.advance(1_000);
    expect(bench.client.state).toMatchObject({ status: 'ready', epoch: 2 });
    await over(bench);
  });

  it('without a line is connect()', async () => {
    const bench = setUp();
    bench.client.reconnect();
    await bench.clock.advance(0);
    expect(bench.client.state).toMatchObject({ status: 'ready', epoch: 1 });
    await over(bench);
    bench.client.reconnect();
    await bench.clock.advance(0);
    expect(bench.client.state).toMatchObject({ status: 'ready', epoch: 2 });
    await over(bench);
  });

  it('a line that is still closing is dropped when the next is given up too, or the client closes', async () => {
    const bench = setUp({}, { answerClose: false });
    await bench.open();
    const { client, clock, server } = bench;
    client.reconnect();
    await clock.advance(550);
    client.reconnect();
    await clock.advance(0);
    expect(server.connections.map(({ state }) => state)).toEqual(['closed', 'closing']);
    void client.close({ flush: false });
    await clock.advance(5_000);
    expect([server.last.state, clock.pendingTimers]).toEqual(['closed', 0]);
  });

  it('refuses a reason that no Close frame can carry', async () => {
    const { client } = setUp();
    expect(() => client.reconnect('x'.repeat(124))).toThrow(
      expect.objectContaining({ code: 'INVALID_CLOSE' }),
    );
  });
});

describe('a handover to a server that allows one connection', () => {
  it('goes on with the new line where the server closes the old one for it', async () => {
    const bench = setUp({ use: [handover()] }, { onConnect: () => {} });
    const { client, clock, server } = bench;
    client.connect();
    server.last.accept();
    await clock.advance(0);
    const old = server.last;
    const moved = client.handover();
    await clock.advance(0);
    old.close(4409, 'connected elsewhere');
    server.last.accept();
    await clock.advance(0);
    expect(await moved).toMatchObject({ status: 'ready', epoch: 2 });
    await over(bench);
  });

  it('comes back where the server closes the new one', async () => {
    const bench = setUp({ use: [handover()] });
    await bench.open();
    const { client, clock, server } = bench;
    const moved = client.handover();
    await clock.advance(0);
    await moved;
    server.last.close(4409, 'already connected');
    expect(client.state.status).toBe('waiting');
    await clock.advance(5_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 3 });
    await over(bench);
  });
});
