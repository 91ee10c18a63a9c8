/** Clients as their guides have them, with the settings that they come with. */
import { createClient } from '../../src/client/create-client.node.ts';
import { require, requireOwn, versionOf } from './peers.ts';
import type { ServerName } from './servers.ts';

/** A client that is connected, or about to be. */
export interface Subject {
  /** Asks the server to say `n`. */
  ask(n: number): Promise<unknown>;
  close(): void;
}

export interface Contestant {
  readonly name: string;
  readonly server: ServerName;
  /** `lost` is called when it says that its connection is gone. */
  readonly connect: (port: number, host: string, lost: () => void) => Subject;
}

const holdline: Contestant['connect'] = (port, host, lost) => {
  const client = createClient({ url: `ws://${host}:${port}/` });
  client.on('lost', lost);
  client.on('error', () => {});
  client.connect();
  return { ask: (n) => client.request('echo', [n]), close: () => void client.close() };
};

/** A socket that comes back; requests are what an application makes of it: a message, and the reply that has its number. */
const partysocket: Contestant['connect'] = (port, host, lost) => {
  const { default: ReconnectingWebSocket } = require('partysocket/ws');
  const socket = new ReconnectingWebSocket(`ws://${host}:${port}/`, [], { WebSocket: require('ws') });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('close', lost);
  socket.addEventListener('error', () => {});
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  return {
    ask: (n) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: n, method: 'echo', params: [n] }));
      return new Promise((resolve) => waiting.set(n, resolve));
    },
    close: () => socket.close(),
  };
};

const graphqlWs: Contestant['connect'] = (port, host, lost) => {
  const { createClient: create } = require('graphql-ws') as typeof import('graphql-ws');
  const client = create({
    url: `ws://${host}:${port}/`,
    webSocketImpl: require('ws'),
    lazy: false,
    onNonLazyError: () => {},
  });
  client.on('closed', lost);
  return {
    ask: (n) =>
      new Promise((resolve, reject) => {
        let last: unknown;
        client.subscribe(
          { query: `{ echo(n: ${n}) }` },
          {
            next: (value) => {
              last = value;
            },
            error: reject,
            complete: () => resolve(last),
          },
        );
      }),
    close: () => void client.dispose(),
  };
};

const socketIo: Contestant['connect'] = (port, host, lost) => {
  const { io } = requireOwn('socket.io-client');
  const socket = io(`http://${host}:${port}`, { transports: ['websocket'], forceNew: true });
  socket.on('disconnect', lost);
  return { ask: (n) => socket.emitWithAck('echo', n), close: () => socket.close() };
};

const centrifuge: Contestant['connect'] = (port, host, lost) => {
  const { Centrifuge } = requireOwn('centrifuge');
  const client = new Centrifuge(`ws://${host}:${port}/`, { websocket: require('ws') });
  let isReady = false;
  client.on('connected', () => {
    isReady = true;
  });
  client.on('connecting', () => isReady && lost());
  client.on('error', () => {});
  client.connect();
  return { ask: (n) => client.rpc('echo', n), close: () => client.disconnect() };
};

const SPOKEN: readonly ServerName[] = ['ws', 'nginx', 'python'];

/** Everybody, with every server that it can speak to. */
export const contestants = (): Contestant[] => [
  ...SPOKEN.map((server) => ({ name: 'holdline', server, connect: holdline })),
  ...SPOKEN.map((server) => ({
    name: `partysocket ${versionOf('partysocket')}`,
    server,
    connect: partysocket,
  })),
  { name: `graphql-ws ${versionOf('graphql-ws')}`, server: 'graphql', connect: graphqlWs },
  { name: `socket.io ${versionOf('socket.io-client')}`, server: 'socket.io', connect: socketIo },
  { name: `centrifuge ${versionOf('centrifuge')}`, server: 'centrifuge', connect: centrifuge },
];
