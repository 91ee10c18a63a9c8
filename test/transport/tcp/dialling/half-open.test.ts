import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { endBoth, isBare } from '../../../../src/transport/tcp/dialling/half-open.ts';
import { DialPool } from '../../../../src/transport/tcp/dialling/pool.ts';
import { parseProxy } from '../../../../src/transport/tcp/dialling/proxy.ts';

describe('a socket whose other side has ended', () => {
  it('is closed where all is written, and ended behind what is not', () => {
    const idle = new PassThrough();
    endBoth(idle);
    expect([idle.destroyed, idle.writableEnded]).toEqual([true, false]);

    const busy = new PassThrough({ highWaterMark: 1 });
    busy.cork();
    busy.write('still to leave');
    endBoth(busy);
    expect([busy.destroyed, busy.writableEnded]).toEqual([false, true]);
    busy.destroy();
  });

  it('is closed in order: the other side sees all that was written, and no reset', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume();
    client.on('end', () => endBoth(client));
    client.write('last words');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const seen: string[] = [];
    socket.on('error', (error) => seen.push(error.message));
    socket.on('data', (chunk) => {
      seen.push(String(chunk));
      socket.end('bye');
    });
    socket.on('end', () => seen.push('end'));
    await once(socket, 'close');
    expect(seen).toEqual(['last words', 'end']);
    server.close();
  });

  it('is half open only where nothing lies upon it', () => {
    const pool = new DialPool();
    const target = pool.target('ws://127.0.0.1:1/');
    const plan = { target, options: {}, proxy: undefined, pool };
    expect(isBare(plan)).toBe(true);
    expect(isBare({ ...plan, target: pool.target('wss://127.0.0.1:1/') })).toBe(false);
    expect(isBare({ ...plan, proxy: parseProxy('http://127.0.0.1:2') })).toBe(false);
    expect(isBare({ ...plan, options: { createConnection: () => undefined } })).toBe(false);
  });
});
