import * as msgpack from '@msgpack/msgpack';
import fc from 'fast-check';
import * as msgpackr from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { type MessagePackOptions, messagePack } from '../../src/messaging/message-pack.ts';
import { setUp, watch } from '../client/set-up.ts';
import { PROPERTY_RUNS } from '../tools/property-runs.ts';

const LIBRARIES: readonly (readonly [string, MessagePackOptions])[] = [
  ['@msgpack/msgpack', { encode: msgpack.encode, decode: msgpack.decode }],
  ['msgpackr', { encode: msgpackr.pack, decode: msgpackr.unpack }],
];

const bytesOf = (value: unknown): Uint8Array => msgpack.encode(value);

describe.each(LIBRARIES)('MessagePack by %s', (_name, library) => {
  it('carries values, bytes among them, both ways', () => {
    const codec = messagePack(library);
    const value = { a: [1, -1, 2 ** 40, 1.5, 'é', null, true], b: Uint8Array.of(1, 2, 3), c: { d: {} } };
    const bytes = codec.encode(value) as Uint8Array;
    expect(bytes).toBeInstanceOf(Uint8Array);
    const read = codec.decode(bytes) as typeof value;
    expect({ ...read, b: [...read.b] }).toEqual({ ...value, b: [1, 2, 3] });
  });

  it('makes JSON-RPC of binary messages: requests, events, a subscription; what is none is an event', async () => {
    const { client, clock, server, of, open } = setUp({ codec: messagePack(library) });
    await open();
    const heard: unknown[] = [];
    client.onEvent('tick', (tick) => heard.push(tick));
    client.subscribe('blob').on((one) => heard.push([...(one as Uint8Array)]));
    const sum = watch(client.request('sum', [1, 2]));
    const [subscribed, asked] = server.last.received.map((data) => msgpack.decode(data as Uint8Array));
    expect(subscribed).toMatchObject({ jsonrpc: '2.0', id: 1, method: 'subscribe' });
    expect(asked).toEqual({ jsonrpc: '2.0', id: 2, method: 'sum', params: [1, 2] });
    for (const said of [
      { id: 1, result: 's' },
      { id: 2, result: 3 },
      { method: 'tick', params: { at: 5 } },
      { method: 'subscription', params: { subscription: 's', result: Uint8Array.of(7) } },
    ]) {
      server.last.send(bytesOf({ jsonrpc: '2.0', ...said }) as Uint8Array<ArrayBuffer>);
    }
    server.last.send(Uint8Array.of(0x92, 0x01)); // a list that ends too early
    server.last.send('a text');
    await clock.settle();
    expect([sum.value, heard]).toEqual([3, [{ at: 5 }, [7]]]);
    expect(of('error')).toMatchObject([{ code: 'BAD_MESSAGE' }, { code: 'BAD_MESSAGE' }]);
    expect(client.state.status).toBe('ready');
    void client.close();
  });

  it('is not asked to read what would be too much, or too deep', () => {
    let read = 0;
    const { decode } = library;
    const counting = { ...library, decode: (bytes: Uint8Array) => ++read && decode(bytes) };
    const many = new Uint8Array(100_005).fill(0x80);
    many.set([0xdd, 0, 1, 0x86, 0xa0]); // a list of 100,000 empty maps
    expect(() => messagePack({ ...counting, maxParsedBytes: 1_000_000 }).decode(many)).toThrow(
      /maxParsedBytes/,
    );
    const deep = new Uint8Array(100_001).fill(0x91);
    deep[100_000] = 0x01;
    expect(() => messagePack(counting).decode(deep)).toThrow(/maxDepth/);
    expect(read).toBe(0);
    expect(messagePack(counting).decode(many)).toHaveLength(100_000);
    const hundred = new Uint8Array(101).fill(0x91);
    hundred[100] = 0x01;
    expect(() => messagePack(counting).decode(hundred)).not.toThrow();
    expect(() => messagePack({ ...counting, maxDepth: 99 }).decode(hundred)).toThrow(/maxDepth/);
  });

  it('is not asked to read a list that claims more than there is: it would make room for all of it', () => {
    let read = 0;
    const counting = { ...library, decode: () => ++read };
    const claims = [0xdd, 0x01, 0xc9, 0xc3, 0x80]; // a list of 30,000,000
    const maps = [0xdf, 0x01, 0xc9, 0xc3, 0x80];
    for (const bytes of [claims, [...claims, ...claims], maps, [0x92, 0x92, 1, 0x01], [0x01, ...claims]])
      expect(() => messagePack(counting).decode(Uint8Array.from(bytes))).toThrow(/claims \d+ values/);
    expect(read).toBe(0);
    expect(messagePack(counting).decode(Uint8Array.of(0x92, 0x92, 1, 1, 1))).toBe(1);
    expect(messagePack(counting).decode(Uint8Array.of(0x82, 1, 1, 1, 0x90))).toBe(2);
  });

  it('measures every form of a value as long as it is, so that the depth is right to the last', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(
          null,
          true,
          false,
          1.5,
          2 ** 33,
          -(2 ** 33),
          127,
          128,
          40_000,
          70_000,
          -32,
          -129,
          -40_000,
        ),
        fc.string({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.constant('x'.repeat(70_000)),
        fc.array(tie('any'), { maxLength: 20 }),
        fc.dictionary(fc.string({ maxLength: 40 }), tie('any'), { maxKeys: 20 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (one) => {
        // One list around each: whatever is passed over by too much or too little would change its depth.
        const bytes = bytesOf([one, [[[[[[1]]]]]]]);
        const depth = Math.max(depthOf([one]), 7);
        expect(() => messagePack({ ...library, maxDepth: depth }).decode(bytes)).not.toThrow();
        expect(() => messagePack({ ...library, maxDepth: depth - 1 }).decode(bytes)).toThrow(/maxDepth/);
      }),
      { numRuns: PROPERTY_RUNS },
    );
    for (const size of [1, 2, 4, 8, 16, 20]) {
      const ext = bytesOf([new msgpack.ExtData(5, new Uint8Array(size)), new Date(5), [[1]]]);
      expect(() => messagePack({ ...library, decode: () => 1, maxDepth: 3 }).decode(ext)).not.toThrow();
      expect(() => messagePack({ ...library, decode: () => 1, maxDepth: 2 }).decode(ext)).toThrow(/maxDepth/);
    }
  });

  it('survives whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        try {
          messagePack(library).decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  const inner = Object.values(value).map(depthOf);
  return inner.length === 0 ? 0 : 1 + Math.max(...inner, 0);
}

describe('what the library cannot carry', () => {
  it('fails in the hands of whoever sends it', async () => {
    const { client, open } = setUp({
      codec: messagePack({ encode: msgpack.encode, decode: msgpack.decode }),
    });
    await open();
    await expect(client.request('a', () => {})).rejects.toMatchObject({ code: 'INVALID_DATA', cause: {} });
    const wrong = messagePack({ encode: (() => 'a text') as never, decode: () => 1 });
    expect(() => wrong.encode(1)).toThrow(/the codec made no bytes/);
    void client.close();
  });

  it('and wrong options are refused', () => {
    expect(() => messagePack({ encode: msgpack.encode } as never)).toThrow(
      'The option decode of messagePack',
    );
    expect(() => messagePack({ ...LIBRARIES[0]?.[1], maxDepth: 'x' } as never)).toThrow(
      'The option maxDepth of',
    );
  });
});
