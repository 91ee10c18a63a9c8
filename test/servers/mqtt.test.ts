// mqtt.js over a connection of ours, with RabbitMQ: the line alone, the protocol is theirs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mqttStream } from '../../docs/recipes/mqtt-node.ts';
import { PEERS } from './peers.ts';
import { type Broker, START_MS, startRabbitmq } from './rabbitmq.ts';
import { server } from './results.ts';

const { MqttClient } = PEERS.require('mqtt');
let broker: Broker;

beforeAll(async () => {
  broker = await startRabbitmq();
  server(
    import.meta.filename,
    'mqtt.js',
    `${PEERS.versionOf('mqtt')} over a connection of ours, RabbitMQ ${broker.version}`,
  );
}, START_MS);
afterAll(() => broker?.stop());

const clientOf = (password = 'guest', more: object = {}): any => {
  const client = new MqttClient(() => mqttStream(`ws://127.0.0.1:${broker.mqtt}/ws`), {
    username: 'guest',
    password,
    reconnectPeriod: 200,
    ...more,
  });
  // A line that is lost is told as one, too.
  client.on('error', () => {});
  return client;
};

const next = (client: any, event: string): Promise<any[]> =>
  new Promise((resolve) => client.once(event, (...given: unknown[]) => resolve(given)));

describe('mqtt.js', () => {
  it('login: lets in whoever has the password, and no other', async () => {
    const client = clientOf();
    await next(client, 'connect');
    await client.endAsync();
    const wrong = clientOf('quite-wrong', { reconnectPeriod: 0 });
    let isIn = false;
    wrong.on('connect', () => {
      isIn = true;
    });
    // This broker says nothing, and closes.
    await next(wrong, 'close');
    expect(isIn).toBe(false);
    await wrong.endAsync(true);
  });

  it('stream: brings what was published, with its quality of service, also large and in pieces', async () => {
    const client = clientOf();
    const heard: string[] = [];
    client.on('message', (_topic: string, payload: Buffer) => heard.push(String(payload)));
    await client.subscribeAsync('stream/#', { qos: 1 });
    const large = 'x'.repeat(300_000);
    for (const text of ['one', 'ä', large]) await client.publishAsync('stream/a', text, { qos: 1 });
    await expect.poll(() => heard.length).toBe(3);
    expect(heard.map((text) => text.length)).toEqual([3, 1, 300_000]);
    await client.unsubscribeAsync('stream/#');
    await client.publishAsync('stream/a', 'late', { qos: 1 });
    expect(heard.length).toBe(3);
    await client.endAsync();
  });

  it('heartbeat: the broker answers its pings', async () => {
    const client = clientOf('guest', { keepalive: 1 });
    await next(client, 'connect');
    const [packet] = await next(client, 'packetreceive');
    expect(packet.cmd).toBe('pingresp');
    await client.endAsync();
  });

  it('restart: it comes back and is subscribed again', { timeout: 2 * START_MS }, async () => {
    const client = clientOf();
    const heard: string[] = [];
    client.on('message', (_topic: string, payload: Buffer) => heard.push(String(payload)));
    await client.subscribeAsync('again', { qos: 1 });
    const [closed, back] = [next(client, 'close'), next(client, 'connect')];
    await broker.restart();
    await closed;
    await back;
    await expect
      .poll(async () => {
        await client.publishAsync('again', 'after', { qos: 1 });
        return heard;
      })
      .toContain('after');
    await client.endAsync(true);
  });
});
