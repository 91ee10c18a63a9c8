/**
 * What a message costs over a WebSocket and over polling: requests, bytes on the wire in both directions, milliseconds. The
 * same sockjs server, counted on the way. `npm run bench:polling`; the table is in docs/guides/polling.md.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import { connect } from '../../src/index.node.ts';
import { type PollFetch, pollingTransport, sockjs } from '../../src/polling.ts';

const MESSAGES = 200;

interface Echo {
  on(event: string, listener: (text: string) => void): void;
  write(text: string): void;
}

const service = createRequire(`${process.cwd()}/package.json`)('sockjs').createServer({
  prefix: '/echo',
  log: () => {},
});
service.on('connection', (echo: Echo | null) => echo?.on('data', (text) => echo.write(text)));
const server = createServer();
service.installHandlers(server, {});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

let bytes = 0;
const sockets = new Set<Socket>();
const counter = createTcpServer((here) => {
  const there = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
  for (const [from, to] of [
    [here, there],
    [there, here],
  ] as const) {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => {});
    from.on('data', (chunk) => {
      bytes += chunk.length;
      to.write(chunk);
    });
    from.on('close', () => to.destroy());
  }
});
await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
const url = `ws://127.0.0.1:${(counter.address() as AddressInfo).port}/echo/websocket`;

let requests = 0;
const counted: PollFetch = (address, init) => {
  requests++;
  return fetch(address, init as RequestInit) as ReturnType<PollFetch>;
};

const WIRES = [
  ['WebSocket', {}],
  ['sockjs xhr', { transport: pollingTransport({ ...sockjs(), fetch: counted }) }],
] as const;

const text = 'x'.repeat(20);
console.log(`| ${MESSAGES} echoes of 20 bytes | requests a message | bytes a message | ms a message |`);
console.log('| --- | ---: | ---: | ---: |');
for (const [name, options] of WIRES) {
  for (const atOnce of [1, MESSAGES]) {
    const socket = await connect(url, options);
    [bytes, requests] = [0, 0];
    const began = performance.now();
    for (let sent = 0; sent < MESSAGES; sent += atOnce) {
      for (let each = 0; each < atOnce; each++) socket.send(text);
      for (let each = 0; each < atOnce; each++) await socket.receive();
    }
    const ms = (performance.now() - began) / MESSAGES;
    const row = [requests / MESSAGES, bytes / MESSAGES, ms].map((one) => one.toFixed(2));
    console.log(`| ${name}, ${atOnce === 1 ? 'one after the other' : 'all at once'} | ${row.join(' | ')} |`);
    await socket.close();
  }
}
for (const socket of sockets) socket.destroy();
counter.close();
server.close();
server.closeAllConnections();
