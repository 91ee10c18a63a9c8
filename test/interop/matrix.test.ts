// Every case with every peer, as matrix.ts has it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type WebSocketOptions } from '../../src/node.ts';
import { nextEvent } from '../tools/socket-events.ts';
import { RUN, Talk } from './cases.ts';
import { extentOf, INTEROP_CASES, INTEROP_EXCEPTIONS, INTEROP_PEERS, type InteropPeerId } from './matrix.ts';
import { type Peer, START } from './peers.ts';

for (const { id, title } of INTEROP_PEERS) {
  describe(title, () => meet(id));
}

function meet(id: InteropPeerId): void {
  const sockets: WebSocket[] = [];
  let peer: Peer;

  beforeAll(async () => {
    peer = await START[id]();
  });

  afterAll(() => peer?.stop());

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  const open = async (options: WebSocketOptions = {}): Promise<Talk> => {
    const socket = new WebSocket(peer.url, [], { ...peer.options, ...options });
    sockets.push(socket);
    const talk = new Talk(socket);
    const failed = nextEvent(socket, 'error').then(() => nextEvent(socket, 'close'));
    const first = await Promise.race([nextEvent(socket, 'open'), failed]);
    expect(first, String((first as { error?: unknown }).error)).toMatchObject({ type: 'open' });
    return talk;
  };

  for (const { id: name, title } of INTEROP_CASES) {
    const extent = extentOf(id, name);
    if (extent === 'left out') continue;
    it(title, async () => {
      await RUN[name]({ peer, partly: extent === 'partly', open });
    });
  }
}

describe('the exceptions of the matrix', () => {
  it('each have a reason', () => {
    const exceptions = Object.values(INTEROP_EXCEPTIONS).flatMap((peer) => Object.values(peer));
    for (const { reason } of exceptions) expect(reason.length).toBeGreaterThan(20);
  });
});
