// Phoenix and Centrifugo over HTTP, by servers that follow their sources: neither is on npm.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { phoenix } from '../../src/envelopes.ts';
import { connect, createClient } from '../../src/index.node.ts';
import { centrifugoStream, phoenixLongPoll, pollingTransport } from '../../src/polling.ts';

const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<number> {
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** One session of Phoenix.Transports.LongPoll: what waits to be asked for, and who waits for it. */
class PhoenixPoll {
  readonly joins = new Map<string, string>();
  #waiting: unknown[] = [];
  #poll: ServerResponse | undefined;

  say(...message: unknown[]): void {
    this.#waiting.push(message);
    if (this.#poll) this.poll(this.#poll);
  }

  poll(response: ServerResponse): void {
    this.#poll = this.#waiting.length === 0 ? response : undefined;
    if (this.#poll) return;
    response.end(
      JSON.stringify({ status: 200, messages: this.#waiting.splice(0).map((one) => JSON.stringify(one)) }),
    );
  }

  hear(line: string): void {
    const [joinRef, ref, topic, event, payload] = JSON.parse(line) as [
      string,
      string,
      string,
      string,
      unknown,
    ];
    if (event === 'phx_join') this.joins.set(topic, joinRef);
    if (event === 'shout') this.say(this.joins.get(topic), null, topic, 'shouted', payload);
    else this.say(joinRef, ref, topic, 'phx_reply', { status: 'ok', response: { event } });
  }
}

describe('phoenix over its long poll', () => {
  it('joins, asks, hears, and joins again once the server has forgotten', async () => {
    const sessions = new Map<string, PhoenixPoll>();
    const port = await serve(async (request, response) => {
      const token = new URL(request.url as string, 'http://host').searchParams.get('token') ?? '';
      const session = sessions.get(token);
      const said = await text(request);
      if (session === undefined) {
        const name = randomUUID();
        sessions.set(name, new PhoenixPoll());
        response.end(JSON.stringify({ status: 410, token: name }));
      } else if (request.method === 'GET') {
        session.poll(response);
      } else {
        for (const line of said.split('\n')) session.hear(line);
        response.end(JSON.stringify({ status: 200 }));
      }
    });
    const client = createClient({
      url: `ws://127.0.0.1:${port}/socket`,
      envelope: phoenix(),
      transport: pollingTransport(phoenixLongPoll()),
      reconnect: { firstDelay: 10, baseDelay: 50 },
    });
    stops.push(() => void client.close());
    const heard: unknown[] = [];
    const gaps: unknown[] = [];
    const lobby = client.subscribe('room:lobby');
    lobby.on((event) => heard.push(event));
    client.on('gap', (gap) => gaps.push(gap));
    await client.ready();
    expect(await client.request('ask', { n: 1 }, { meta: 'room:lobby' })).toEqual({ event: 'ask' });
    client.notify('shout', { n: 2 }, { meta: 'room:lobby' });
    await expect.poll(() => heard).toEqual([{ event: 'shouted', payload: { n: 2 } }]);

    const [first] = sessions.values();
    sessions.clear();
    first?.say(null, null, 'phoenix', 'any', {});
    await expect.poll(() => [...sessions.values()].at(-1)?.joins.size).toBe(1);
    client.notify('shout', { n: 3 }, { meta: 'room:lobby' });
    await expect.poll(() => heard.at(-1)).toEqual({ event: 'shouted', payload: { n: 3 } });
    expect(gaps).toHaveLength(1);
  });
});

describe('centrifugo over http_stream', () => {
  it('opens the stream, sends beside it, and is lost with it', async () => {
    let stream: ServerResponse | undefined;
    const sent: unknown[] = [];
    const port = await serve(async (request, response) => {
      const body = await text(request);
      if (request.url === '/connection/http_stream') {
        stream = response;
        response.write(
          '{"id":1,"connect":{"client":"c","session":"s1","node":"n1","ping":25,"pong":true}}\n',
        );
      } else if (request.url === '/emulation') {
        sent.push(JSON.parse(body));
        // A push of two characters of three bytes, cut inside of the second, in lines of which one waits for its end.
        const push = Buffer.from('{"push":{"pub":{"data":"€€"}}}\n{}\n');
        stream?.write(push.subarray(0, 29));
        response.end();
        setTimeout(() => stream?.write(push.subarray(29)), 20);
      } else response.writeHead(404).end();
    });
    const socket = await connect(`ws://127.0.0.1:${port}/connection/websocket`, {
      transport: pollingTransport(centrifugoStream()),
    });
    socket.send('{"id":1,"connect":{}}');
    expect(await socket.receive()).toContain('"session":"s1"');
    socket.send('{"id":2,"subscribe":{"channel":"x"}}');
    expect(await socket.receive()).toBe('{"push":{"pub":{"data":"€€"}}}');
    expect(await socket.receive()).toBe('{}');
    expect(sent).toEqual([{ session: 's1', node: 'n1', data: '{"id":2,"subscribe":{"channel":"x"}}' }]);
    stream?.end();
    await expect(socket.closed).resolves.toMatchObject({ error: { detail: 'session-gone' } });
  });
});
