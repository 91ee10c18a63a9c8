/** What becomes of a message in every state: it leaves, it waits, or it is refused, as the table of states says. */
import { expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { STATE_MESSAGES, type Status } from '../../src/connection/states.ts';
import { createClient, raw } from '../../src/index.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

const ORDER: readonly Status[] = ['idle', 'connecting', 'authenticating', 'ready', 'waiting'];

async function reach(status: Status) {
  const clock = createVirtualClock();
  const server = createScriptedServer({ onConnect: () => {}, answerClose: false });
  const client = createClient({
    url: 'ws://server/',
    envelope: raw(),
    transport: server.transport,
    clock,
    heartbeat: false,
    auth: login(async (line) => void (await line.receive())),
  });
  const target = status === 'closing' || status === 'closed' ? 'ready' : status;
  for (const step of ORDER.slice(1, ORDER.indexOf(target) + 1)) {
    if (step === 'connecting') client.connect();
    else if (step === 'authenticating') server.last.accept();
    else if (step === 'ready') server.last.send('True');
    else server.last.drop();
    await clock.advance(0);
  }
  if (target !== status) void client.close();
  if (status === 'closed') await clock.advance(5_000);
  expect(client.state.status).toBe(status);
  return { client, clock, server };
}

it.each(Object.keys(STATE_MESSAGES) as Status[])('in the state %s', async (status) => {
  const { client, clock } = await reach(status);
  const expected = STATE_MESSAGES[status];
  const fate = client.send('x').then(
    () => 'sent',
    (error) => error.outcome,
  );
  await clock.settle();
  const { queued } = client.stats();
  expect(queued).toBe(expected === 'queued' ? 1 : 0);
  const closed = client.close();
  await clock.advance(10_000);
  await closed;
  expect(await fate).toBe(expected === 'sent' ? 'sent' : 'not-sent');
  expect(client.state.status).toBe('closed');
  expect(clock.pendingTimers).toBe(0);
});
