// stomp() with RabbitMQ.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { type StompMessage, type StompOptions, stomp } from '../../src/envelopes/stomp.ts';
import { clientOf as clientFor, heardOf, next } from './clients.ts';
import { type Broker, START_MS, startRabbitmq } from './rabbitmq.ts';
import { server } from './results.ts';

let broker: Broker;

beforeAll(async () => {
  broker = await startRabbitmq();
  server(import.meta.filename, 'RabbitMQ', broker.version);
}, START_MS);
afterAll(() => broker?.stop());

const clientOf = (options: StompOptions = {}, more: object = {}): Client =>
  clientFor({
    url: `ws://127.0.0.1:${broker.stomp}/ws`,
    envelope: stomp({ connect: { login: 'guest', passcode: 'guest' }, ...options }),
    ...more,
  });

describe('stomp', () => {
  it('login: lets in whoever has the password, and no other', async () => {
    await using client = clientOf({ connect: async () => ({ login: 'guest', passcode: 'guest' }) });
    await client.ready();
    const wrong = clientOf({ connect: { login: 'guest', passcode: 'quite-wrong' } });
    await expect(wrong.ready()).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: expect.not.stringContaining('quite-wrong'),
    });
  });

  it('request: is answered by a receipt, refused by an error, which ends the connection', async () => {
    await using client = clientOf();
    await client.request('/queue/requests', { a: 1 }, { meta: { 'content-type': 'application/json' } });
    // Its ERROR does not say which frame it refuses.
    const [told, lost] = [next(client, 'error'), next(client, 'lost')];
    await expect(client.request('/nowhere/at/all', 'x')).rejects.toMatchObject({ code: 'REPLY_LOST' });
    expect(await told).toMatchObject({ code: 'SERVER_ERROR', message: expect.stringContaining('Unknown') });
    await lost;
    await client.request('/queue/requests', 'and on it goes');
  });

  it('stream: brings what is sent to a topic, until it is left', async () => {
    await using client = clientOf();
    await using other = clientOf();
    const topic = client.subscribe('/topic/stream');
    const heard = heardOf<StompMessage>(topic);
    await client.request('/topic/stream', { text: 'ä:\n' }); // the receipt: the subscription stands
    await other.request('/topic/stream', 'plain', { meta: { 'x-a': 'b:c' } });
    await expect.poll(() => heard.length).toBe(2);
    expect(heard.map(({ body }) => body)).toEqual([{ text: 'ä:\n' }, 'plain']);
    expect(heard[1]?.headers).toMatchObject({ destination: '/topic/stream', 'x-a': 'b:c' });
    topic.unsubscribe();
    await client.request('/topic/stream', 'late');
    await client.request('/topic/stream', 'later');
    expect(heard.length).toBe(2);
  });

  it('stream: is acknowledged by its reader, and what was not comes again', async () => {
    await using client = clientOf();
    const first = heardOf<StompMessage>(client.subscribe('/queue/acked', { ack: 'client-individual' }));
    await client.request('/queue/acked', 'one');
    await client.request('/queue/acked', 'two');
    await expect.poll(() => first.length).toBe(2);
    await client.notify('ACK', { id: first[0]?.headers.ack });
    await client.request('/queue/other', 'behind the ACK');
    first.splice(0);
    client.reconnect('again');
    await expect.poll(() => first.map(({ body }) => body)).toEqual(['two']);
  });

  it('heartbeat: is agreed on, kept by both, and missed when the broker is silent', async () => {
    await using client = clientOf({ heartBeat: [1_000, 1_000] });
    await client.ready();
    const { epoch } = client.state;
    // It would end the connection after 2 s of silence of ours, and we after 2 s of its.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(client.state).toMatchObject({ status: 'ready', epoch });
    const error = next(client, 'error');
    broker.signal('SIGSTOP');
    try {
      expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    } finally {
      broker.signal('SIGCONT');
    }
  });

  it('restart: the client comes back and subscribes again', { timeout: 2 * START_MS }, async () => {
    await using client = clientOf();
    const heard = heardOf<StompMessage>(client.subscribe('/topic/again'));
    await client.request('/topic/again', 'before');
    await expect.poll(() => heard.length).toBe(1);
    const [lost, gap] = [next(client, 'lost'), next(client, 'gap')];
    await broker.restart('SIGTERM');
    await lost;
    expect(await gap).toMatchObject({ recovered: false });
    await client.request('/topic/again', 'after');
    await expect.poll(() => heard.map(({ body }) => body)).toEqual(['before', 'after']);
  });
});
