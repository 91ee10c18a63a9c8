import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let target: Server;
let accepted: Socket[];
let proxy: FaultProxy;

beforeEach(async () => {
  accepted = [];
  target = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket.on('error', () => {}));
    target.emit('accepted', socket);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy((target.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => target.close(resolve));
});

describe('a proxy that breaks lines', () => {
  it('passes everything on, the end of one side included', async () => {
    const [client, server] = await pair();
    server.once('end', () => server.end('goodbye'));
    client.end('hello');
    expect([await all(server), await all(client)]).toEqual(['hello', 'goodbye']);
    expect(proxy.lines[0]!.forwarded).toEqual({ up: 5, down: 7 });
    await over(0);
  });

  it.each(['end', 'reset'] as const)('cuts after the byte that was named: %s', async (how) => {
    proxy.plan = () => ({ cut: { direction: 'up', after: 4, how } });
    const [client, server] = await pair();
    const heard = all(server);
    client.write('hel');
    await forwarded(0, 'up', 3);
    expect(client.destroyed).toBe(false);
    client.write('lo, you');
    const told = how === 'reset' ? once(client, 'error') : once(client, 'end');
    expect([await heard, proxy.lines[0]!.forwarded]).toEqual(['hell', { up: 4, down: 0 }]);
    const [error] = await told;
    expect((error as NodeJS.ErrnoException | undefined)?.code).toBe(
      how === 'reset' ? 'ECONNRESET' : undefined,
    );
  });

  it('cuts in the other direction, and before the first byte', async () => {
    proxy.plan = (index) => ({ cut: { direction: 'down', after: index === 0 ? 2 : 0, how: 'end' } });
    const [client, server] = await pair();
    server.write('hello');
    expect(await all(client)).toBe('he');
    const second = connect(proxy.port, '127.0.0.1');
    expect(await all(second)).toBe('');
  });

  it('becomes a black hole: nothing comes through, nobody is told', async () => {
    proxy.plan = () => ({ blackhole: { direction: 'down', after: 3 } });
    const [client, server] = await pair();
    let heard = '';
    client.on('data', (chunk) => {
      heard += chunk;
    });
    let seen = '';
    server.on('data', (chunk) => {
      seen += chunk;
    });
    server.write('hello');
    await forwarded(0, 'down', 3);
    client.write('are you there?');
    server.destroy();
    await quiet();
    expect([heard, seen, client.readyState]).toEqual(['hel', '', 'open']);
    client.destroy();
    await over(0);
  });

  it('is late, and slow, in order', async () => {
    proxy.plan = () => ({ delay: 60, bytesPerSecond: 100 });
    const [client, server] = await pair();
    const begin = performance.now();
    client.write('12345');
    await forwarded(0, 'up', 5);
    client.end('67890');
    expect(await all(server)).toBe('1234567890');
    // 60 ms once, and 50 ms for each five bytes; timers may fire a millisecond early.
    expect(performance.now() - begin).toBeGreaterThan(60 + 100 - 2);
  });

  it.each([
    ['close', 'end'],
    ['reset', 'error'],
  ] as const)('accepts and does something else: %s', async (instead, event) => {
    proxy.plan = () => ({ instead });
    const client = connect(proxy.port, '127.0.0.1').resume();
    await once(client, event);
    expect(accepted).toEqual([]);
  });

  it('accepts and says nothing', async () => {
    proxy.plan = () => ({ instead: 'hang' });
    const client = connect(proxy.port, '127.0.0.1');
    await once(client, 'connect');
    client.write('hello');
    await quiet();
    expect([client.readyState, accepted, client.bytesRead]).toEqual(['open', [], 0]);
    client.destroy();
    await over(0);
  });

  it('refuses for a while; lines that are there stay', async () => {
    const [client, server] = await pair();
    await proxy.refuse();
    const refused = connect(proxy.port, '127.0.0.1');
    expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
    client.write('still here');
    expect(String(await once(server, 'data'))).toBe('still here');
    await proxy.accept();
    await proxy.accept();
    const [again] = await pair();
    expect(again.readyState).toBe('open');
  });
});

async function pair(): Promise<[client: Socket, server: Socket]> {
  const server = once(target, 'accepted');
  const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  return [client, (await server)[0]];
}

/** Everything that comes until the end, in order or not. */
async function all(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('error', () => resolve());
  });
  return text;
}

async function forwarded(index: number, direction: 'up' | 'down', bytes: number): Promise<void> {
  await expect.poll(() => proxy.lines[index]?.forwarded[direction], { interval: 2 }).toBe(bytes);
}

async function over(index: number): Promise<void> {
  await expect.poll(() => proxy.lines[index]?.isOver, { interval: 2 }).toBe(true);
}

/** Long enough for what should not happen. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
