/** What we send, read and sent back by `ws`: whole or in fragments, compressed or not. */
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WebSocket as Peer, WebSocketServer } from 'ws';
import { connect } from '../../../src/client/create-client.node.ts';
import type { Socket } from '../../../src/client/socket.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../tools/property-runs.ts';

/** Sends `data` back, cut into as many fragments as its length says, a Ping between them. */
function echo(peer: Peer, data: Buffer, binary: boolean): void {
  const fragments = (data.length % 4) + 1;
  const size = Math.ceil(data.length / fragments);
  for (let index = 0; index < fragments; index++) {
    const fin = index === fragments - 1;
    peer.send(data.subarray(index * size, fin ? data.length : (index + 1) * size), { binary, fin });
    if (!fin && data.length % 3 === 0) peer.ping(data.subarray(0, 100));
  }
}

/** `toEqual` would take longer for 64 KiB than their whole journey. */
function isSame(one: string | Uint8Array, other: string | Uint8Array): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return Buffer.compare(one, other) === 0;
}

const size = { minLength: 0, maxLength: 300 };
const message = fc.oneof(
  fc.string({ unit: 'binary', ...size }),
  fc.uint8Array(size),
  // Around the borders of the length field, and of what is worth compressing.
  fc
    .tuple(fc.constantFrom(124, 125, 126, 127, 1023, 1024, 1025, 65_535, 65_536), fc.nat(255))
    .map(([length, byte]) => new Uint8Array(length).fill(byte)),
  fc
    .tuple(fc.constantFrom(125, 126, 1024, 32_768, 65_535), fc.constantFrom('a', 'é', '€', '😀'))
    .map(([length, character]) => character.repeat(Math.ceil(length / Buffer.byteLength(character)))),
);

const peers: [what: string, perMessageDeflate: object | false][] = [
  ['without compression', false],
  ['compressed from the first byte on', { threshold: 0 }],
  [
    'compressed without context',
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  ],
  ['compressed with small windows', { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
];

describe.each(peers)('messages come back from ws as they left: %s', (_what, perMessageDeflate) => {
  let server: WebSocketServer;
  let socket: Socket;

  beforeAll(async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate });
    server.on('connection', (peer) => {
      peer.on('message', (data, binary) => echo(peer, data as Buffer, binary));
    });
    await new Promise((resolve) => server.once('listening', resolve));
    socket = await connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      compression: { threshold: 64 },
    });
  });
  afterAll(async () => {
    expect(await socket.close(1000)).toMatchObject({ code: 1000, wasClean: true });
    await new Promise((resolve) => server.close(resolve));
  });

  it(
    'one by one and in bursts (#44, #61, #72, #73, #97, #98)',
    async () => {
      const runs = Math.ceil(PROPERTY_RUNS / peers.length);
      await fc.assert(
        fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 3 }), async (messages) => {
          for (const one of messages) socket.send(one);
          for (const one of messages) expect(isSame(await socket.receive(), one)).toBe(true);
        }),
        { numRuns: runs },
      );
    },
    PROPERTY_TIMEOUT,
  );
});
