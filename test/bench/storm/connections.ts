/** The same storm with real connections of src/connection on a virtual clock: what the simulation is held against. */
import { HandshakeError } from '../../../src/base/errors.ts';
import { resolveOptions } from '../../../src/client/resolve-options.ts';
import { Connection } from '../../../src/connection/connection.ts';
import { raw } from '../../../src/messaging/raw.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { Transport, TransportFactory } from '../../../src/transport/transport.ts';
import { Chance } from './chance.ts';
import { createServer, type Scene, type ServerKind } from './server.ts';

/** How long every line has lived when it breaks: the loss is then the first failure. In milliseconds. */
const LIFE_MS = 10_000;

const LOST: Closure = { code: 1006, reason: '', wasClean: false };

/** What to run. */
export interface ConnectionsSetup {
  readonly server: ServerKind;
  readonly clients: number;
  readonly seed: number;
  readonly scene: Scene;
  /** How every line ends. */
  readonly loss: Closure;
}

/** Lets real connections live through a storm. Returns every attempt, in the order of time since the loss. */
export async function runConnections(setup: ConnectionsSetup): Promise<[client: number, time: number][]> {
  const { clients, scene, seed, loss } = setup;
  const clock = createVirtualClock();
  const server = createServer(setup.server, scene);
  const chance = new Chance(clients, seed);
  const attempts: [number, number][] = [];
  const breakLine: (() => void)[] = [];
  const connections: Connection[] = [];

  const transportOf =
    (client: number): TransportFactory =>
    ({ handshakeTimeout }, sink) => {
      const isFirst = connections[client]?.state.epoch === 0;
      const time = clock.now() - LIFE_MS;
      if (isFirst) breakLine[client] = () => sink.close(loss);
      else attempts.push([client, time]);
      const verdict = isFirst ? { accepted: true, at: time } : server.arrive(time, handshakeTimeout);
      clock.setTimer(() => {
        if (verdict.accepted) sink.open({ protocol: '', extensions: '' });
        else
          sink.close({ ...LOST, error: new HandshakeError('CONNECT', { message: 'refused', phase: 'tcp' }) });
      }, verdict.at - time);
      return silentTransport();
    };

  for (let client = 0; client < clients; client++) {
    const { connection } = resolveOptions(
      {
        url: 'ws://storm.invalid',
        heartbeat: false,
        clock,
        random: { uniform: () => chance.next(client), fill: () => {} },
      },
      { makeTransport: () => transportOf(client), checkUrl: () => {}, checkOptions: () => {} },
      raw(),
    );
    connections.push(new Connection(connection, SILENT_OBSERVER));
  }
  for (const connection of connections) connection.connect();
  await clock.advance(LIFE_MS);
  for (const end of breakLine) end();
  while (connections.some(({ state }) => state.status !== 'ready')) await clock.advanceToNext();
  return attempts;
}

const SILENT_OBSERVER: ConstructorParameters<typeof Connection>[1] = {
  stateChanged: () => {},
  message: () => {},
  ready: () => {},
  drain: () => {},
  measured: () => {},
  lineEnded: () => {},
  closed: () => {},
};

function silentTransport(): Transport {
  return {
    features: { ping: true, pause: true, headers: true },
    bufferedAmount: 0,
    bytesReceived: 0,
    send: () => true,
    ping: () => {},
    close: () => {},
    abandon: () => {},
    pause: () => {},
    resume: () => {},
  };
}
