// Bytes under every codec, and what a codec cannot carry: nothing is changed on its way.
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../src/messaging/codec.ts';
import { json } from '../../src/messaging/codec.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp, watch } from './set-up.ts';

/** A codec of a user's, of texts, that knows nothing of bytes. */
const own: Codec = {
  encode: (value) => JSON.stringify(value),
  decode: (data) => JSON.parse(data as string),
};

describe('bytes', () => {
  it.each([
    ['the default client', {}],
    ['raw()', { envelope: raw() }],
    ['raw() with json()', { envelope: raw(), codec: json() }],
    ["a codec of one's own", { codec: own }],
  ])('leave %s as a binary message and come in as they are', async (_, options) => {
    const { client, server, clock, of, open } = setUp(options);
    await open();
    const blob = new Blob(['abc']);
    void client.send(Uint8Array.of(1, 2));
    void client.send(Uint8Array.of(3).buffer);
    void client.send(blob);
    await clock.settle();
    expect(server.last.received).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3), blob]);
    server.last.send(Uint8Array.of(1, 0xff));
    expect(of('message')).toEqual([Uint8Array.of(1, 0xff)]);
    expect(of('error')).toEqual([]);
  });

  it('are bytes also where they could be read as JSON', async () => {
    const { server, of, open } = setUp();
    await open();
    server.last.send(new TextEncoder().encode('{"a":1}'));
    expect(of('message')).toEqual([new TextEncoder().encode('{"a":1}')]);
  });

  it('are read by a codec that reads them', async () => {
    const { server, of, open } = setUp({ codec: json({ readBinary: true }) });
    await open();
    server.last.send(new TextEncoder().encode('{"a":1}'));
    expect(of('message')).toEqual([{ a: 1 }]);
  });

  it('are BAD_MESSAGE for a codec of binary messages that cannot read them', async () => {
    const { server, of, open } = setUp({ codec: { ...own, binary: true } });
    await open();
    server.last.send(Uint8Array.of(1, 0xff));
    expect(of('error')).toMatchObject([{ code: 'BAD_MESSAGE' }]);
    expect(of('message')).toEqual([]);
  });
});

describe('what JSON cannot carry', () => {
  const refusal = (path: string) => expect.objectContaining({ code: 'INVALID_DATA', path });

  it('is refused in send, request, notify and subscribe, with its place', async () => {
    const { client, clock, received, open } = setUp();
    await open();
    const fates = [
      watch(client.send({ a: new Map() })),
      watch(client.request('m', [new Set()])),
      watch(client.notify('m', { photo: Uint8Array.of(1) })),
    ];
    await clock.settle();
    expect(fates.map(({ value }) => value)).toEqual([
      refusal('a'),
      refusal('params[0]'),
      refusal('params.photo'),
    ]);
    expect(() => client.subscribe('s', { e: new Error('no') })).toThrow(refusal('params[1].e'));
    expect(received()).toEqual([]);
  });

  it('is refused as the answer of a handler: the server is told, and so are we', async () => {
    const { client, server, clock, of, received, open } = setUp();
    await open();
    client.handle('photo', () => ({ bytes: Uint8Array.of(1) }));
    server.last.send('{"id":1,"method":"photo"}');
    await clock.settle();
    expect(of('error')).toMatchObject([{ code: 'HANDLER_FAILED', cause: { path: 'result.bytes' } }]);
    expect(received()).toMatchObject([{ id: 1, error: { code: -32_603 } }]);
  });
});
