/**
 * The contract of src/transport/transport.ts as a test suite: one set of cases for every transport, in Node and in
 * a real browser. Nothing here may use a Node module.
 */
import { afterEach, describe } from 'vitest';
import type {
  TransportFactory,
  TransportFeatures,
  TransportRequest,
} from '../../../src/transport/transport.ts';
import type { Sighting } from '../../tools/conformance-server.ts';
import { closingCases } from './closing-cases.ts';
import { compressionCases } from './compression-cases.ts';
import { messageCases } from './message-cases.ts';
import { openingCases } from './opening-cases.ts';
import { pressureCases } from './pressure-cases.ts';
import { Session } from './session.ts';

/** What a transport is able to do, and what its platform gets wrong. */
export interface Abilities extends TransportFeatures {
  /** A failed handshake says why: status, headers, body. */
  readonly evidence: boolean;
  /** A closing handshake counts although the server keeps the TCP connection. Node's own WebSocket waits on, and Bun's. */
  readonly seesCloseBeforeFin: boolean;
  /** A leading U+FEFF of a text survives. Node's own WebSocket takes it for a byte order mark. */
  readonly keepsLeadingBom: boolean;
  /** A subprotocol that nobody asked for ends in an error. Node 20's own WebSocket ends the process. */
  readonly survivesForeignSubprotocol: boolean;
  /** Subprotocols can be offered. Polling has none. Default: yes. */
  readonly subprotocols?: boolean;
  /** Compression can be agreed on. Default: yes. */
  readonly compression?: boolean;
  /** How many MiB are sent to a server that does not read. Default: more than the sockets of both ends take. */
  readonly chunks?: number;
  /** What it calls a failure, by the path of the conformance server, where it cannot see what others see. */
  readonly names?: Readonly<Record<string, string>>;
  /** How it names a port on which nobody listens, and an unknown host, where it does not look for them itself. */
  readonly faults?: { readonly refused: string; readonly unknown: string };
}

export interface Context {
  /** `ws://host:port` of the conformance server. */
  readonly serverUrl: string;
  readonly abilities: Abilities;
  /** Connects to a path of the conformance server. Ended and checked after the test. */
  connect(path: string, changes?: Partial<TransportRequest>): Session;
  /** As `connect`, to any URL. */
  connectTo(url: string, changes?: Partial<TransportRequest>): Session;
  /** Connects under an identity, for {@link sightings}. */
  identified(path: string, changes?: Partial<TransportRequest>): { session: Session; id: string };
  /** What the server saw of a connection, once that is gone. */
  sightings(id: string): Promise<readonly Sighting[]>;
}

export function describeTransport(
  name: string,
  factory: TransportFactory,
  serverUrl: string,
  abilities: Abilities,
): void {
  describe(`transport contract: ${name}`, () => {
    const sessions: Session[] = [];
    const connectTo: Context['connectTo'] = (url, changes) => {
      const session = new Session(factory, url, changes);
      sessions.push(session);
      return session;
    };
    const connect: Context['connect'] = (path, changes) => connectTo(serverUrl + path, changes);
    const context: Context = {
      serverUrl,
      abilities,
      connect,
      connectTo,
      identified(path, changes) {
        const id = crypto.randomUUID();
        return { session: connect(`${path}${path.includes('?') ? '&' : '?'}id=${id}`, changes), id };
      },
      async sightings(id) {
        const log = await connect(`/log?id=${id}`).message();
        return JSON.parse(log as string) as Sighting[];
      },
    };
    afterEach(async () => {
      await Promise.all(sessions.splice(0).map((session) => session.finish()));
    });
    openingCases(context);
    messageCases(context);
    if (abilities.compression !== false) compressionCases(context);
    closingCases(context);
    pressureCases(context);
  });
}
