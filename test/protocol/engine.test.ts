import { describe, expect, it } from 'vitest';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';
import { ClientEngine } from '../../src/protocol/engine.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { parseTarget } from '../../src/protocol/url.ts';
import {
  answer,
  bytesOf,
  createHarness,
  hex,
  openHarness,
  SAMPLE_KEY,
  SAMPLE_MASK,
  sampleRandom,
  sent,
  utf8,
} from '../tools/engine-harness.ts';
import { closeFrame, serverFrame } from '../tools/server-frame.ts';

const usage = (code: string, message?: string): Error =>
  expect.objectContaining({
    name: 'UsageError',
    code,
    ...(message === undefined ? {} : { message: expect.stringContaining(message) }),
  }) as Error;

describe('opening', () => {
  it('writes the request of RFC 6455, 1.3 in one block, without payload', () => {
    const { writer, engine } = createHarness({
      protocols: ['chat'],
      headers: [['Origin', 'http://example.com']],
    });
    const blocks = writer.take();
    expect(blocks).toHaveLength(1);
    expect(Buffer.from(blocks[0] as Uint8Array).toString('latin1')).toBe(
      'GET /chat HTTP/1.1\r\n' +
        'Host: server.example.com\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        `Sec-WebSocket-Key: ${SAMPLE_KEY}\r\n` +
        'Sec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Protocol: chat\r\n' +
        'Origin: http://example.com\r\n' +
        '\r\n',
    );
    expect([engine.state, writer.payloadBytes]).toEqual(['opening', 0]);
  });

  it('writes header values as Latin-1, at the offset of the writer', () => {
    const memory = new Uint8Array(500);
    const commits: number[][] = [];
    const engine = new ClientEngine({
      ...bare(),
      headers: [['X', 'é\u00ff']],
      writer: {
        memory,
        offset: 7,
        congested: false,
        reserve: (size) => commits.push([size]),
        commit: (size, payload) => commits.push([size, payload]),
      },
    });
    engine.open();
    const [[size] = [0]] = commits;
    expect(commits).toEqual([[size], [size, 0]]);
    expect(Buffer.from(memory.subarray(0, 11)).toString('latin1')).toBe(`${'\0'.repeat(7)}GET `);
    expect(Buffer.from(memory.subarray(7, 7 + (size as number))).toString('latin1')).toMatch(
      /\r\nX: éÿ\r\n\r\n$/,
    );
  });

  it('happens once', () => {
    const { engine, written } = createHarness();
    written();
    expect(() => engine.open()).toThrow(usage('INVALID_STATE', 'open() was called twice'));
    expect(written()).toHaveLength(0);
  });

  it.each(['close', 'abandon'] as const)('writes nothing after %s (#8)', (how) => {
    const { writer, ...options } = bare();
    const engine = new ClientEngine({ ...options, writer });
    engine[how]();
    engine.open();
    expect(writer.take()).toEqual([]);
  });

  it('is told once, with what the server agreed to (attack 28)', () => {
    const { engine, told } = createHarness({ protocols: ['a', 'b'] });
    engine.receive(bytesOf(answer('Sec-WebSocket-Protocol: b', 'X-Odd:   y  ')));
    expect(told).toEqual([['open', expect.objectContaining({ protocol: 'b', extensions: '' })]]);
    const [[, handshake] = []] = told;
    expect((handshake as { headers: Map<string, string> }).headers.get('x-odd')).toBe('y');
    expect(engine.state).toBe('open');
  });

  it('sends nothing before the answer is checked (#27)', () => {
    const { engine, written, frames } = createHarness();
    written();
    expect([engine.send('early'), engine.ping(), engine.sendFragment('early', true)]).toEqual([
      false,
      false,
      false,
    ]);
    engine.drained();
    engine.receive(bytesOf(answer().slice(0, -1)));
    expect(engine.send('early')).toBe(false);
    expect(frames()).toEqual([]);
    engine.receive(bytesOf('\n'));
    expect(engine.send('now')).toBe(true);
    expect(frames()).toHaveLength(1);
  });

  it('draws its key after its options were checked', () => {
    const drawn: number[] = [];
    const random = { fill: (target: Uint8Array) => void drawn.push(target.length), uniform: () => 0 };
    expect(() => new ClientEngine({ ...bare(), random, protocols: ['\r\n'] })).toThrow(
      usage('INVALID_SUBPROTOCOL'),
    );
    expect(drawn).toEqual([]);
    new ClientEngine({ ...bare(), random });
    expect(drawn).toEqual([16]);
  });

  it.each([
    ['INVALID_HEADER', { headers: [['X', 'a\r\nY: z']] as const }],
    ['INVALID_SUBPROTOCOL', { protocols: ['a b'] }],
    ['INVALID_URL', { target: { ...parseTarget('ws://h'), resource: '/\n' } }],
    ['INVALID_OPTION', { limits: { ...DEFAULT_LIMITS, maxMessageBytes: Number.NaN } }],
  ])('is refused with %s before a byte is made (#3, #28, attack 18)', (code, change) => {
    expect(() => new ClientEngine({ ...bare(), ...change })).toThrow(usage(code));
  });

  it('does not notice that its options are changed later', () => {
    const protocols = ['a'];
    const headers: [string, string][] = [['X', 'y']];
    const { writer, ...options } = bare();
    const events: unknown[] = [];
    const sink = { ...options.sink, failure: (error: unknown) => void events.push(error) };
    const engine = new ClientEngine({ ...options, writer, sink, protocols, headers });
    protocols.push('evil\r\n');
    headers.push(['Evil', '\r\n']);
    engine.open();
    expect(Buffer.concat(writer.take()).toString()).not.toMatch(/evil/i);
    engine.receive(bytesOf(answer('Sec-WebSocket-Protocol: evil')));
    expect(events).toEqual([expect.objectContaining({ code: 'HANDSHAKE_PROTOCOL' })]);
  });
});

describe('sending', () => {
  it('makes a text of a string and a binary of bytes: RFC 6455, 5.7 (#44)', () => {
    const { engine, written } = openHarness();
    expect(engine.send('Hello')).toBe(true);
    expect(written()).toEqual(hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
    expect(engine.send(hex('01 02'))).toBe(true);
    expect(written()).toEqual(hex('82 82 37 fa 21 3d 36 f8'));
  });

  it('takes codec and mask from its options', () => {
    const calls: string[] = [];
    const { engine } = openHarness({
      codec: {
        ...createTextCodec(),
        encodeInto: () => {
          calls.push('encode');
          return 0;
        },
        decode: () => {
          calls.push('decode');
          return '';
        },
      },
      mask: () => void calls.push('mask'),
    });
    engine.send('x');
    engine.receive(serverFrame(1, 'x'));
    expect(calls).toEqual(['encode', 'mask', 'decode']);
  });

  it.each([
    7,
    null,
    undefined,
    {},
    [1],
    new ArrayBuffer(4),
    new DataView(new ArrayBuffer(4)),
    new Uint16Array(2),
  ])('refuses anything else, open or not (attack 22): %s', (data) => {
    for (const { engine } of [openHarness(), createHarness()]) {
      expect(() => engine.send(data as never)).toThrow(
        usage('INVALID_DATA', 'Only a string or a Uint8Array'),
      );
      expect(() => engine.sendFragment(data as never, true)).toThrow(usage('INVALID_DATA', 'Only a string'));
      expect(() => engine.ping((data ?? null) as never)).toThrow(
        usage('INVALID_DATA', 'The payload of a ping must be a Uint8Array of at most 125 bytes.'),
      );
    }
  });

  it('writes pings of 0 to 125 bytes', () => {
    const harness = openHarness();
    expect(harness.engine.ping()).toBe(true);
    expect(harness.engine.ping(new Uint8Array(125))).toBe(true);
    expect(sent(harness)).toEqual([
      [9, true, []],
      [9, true, new Array(125).fill(0)],
    ]);
    expect(() => harness.engine.ping(new Uint8Array(126))).toThrow(
      usage('INVALID_DATA', 'at most 125 bytes'),
    );
  });

  it('writes fragments with the opcode on the first and FIN on the last (#50, #51)', () => {
    const harness = openHarness();
    const { engine } = harness;
    expect(engine.sendFragment('a', false)).toBe(true);
    expect(engine.sendFragment('b', false)).toBe(true);
    expect(engine.ping()).toBe(true);
    expect(engine.sendFragment('', true)).toBe(true);
    engine.sendFragment(hex('01'), false);
    engine.sendFragment(hex('02'), true);
    engine.sendFragment('alone', true);
    engine.send('x');
    expect(sent(harness)).toEqual([
      [1, false, [0x61]],
      [0, false, [0x62]],
      [9, true, []],
      [0, true, []],
      [2, false, [1]],
      [0, true, [2]],
      [1, true, [...utf8('alone')]],
      [1, true, [0x78]],
    ]);
  });

  it('refuses another message inside a fragmented one, and a fragment of the other type', () => {
    const { engine, frames } = openHarness();
    engine.sendFragment('a', false);
    expect(() => engine.send('b')).toThrow(usage('INVALID_STATE', 'End it with sendFragment(data, true)'));
    expect(() => engine.sendFragment(hex('01'), true)).toThrow(
      usage('INVALID_DATA', 'all be strings or all be bytes'),
    );
    expect(engine.sendFragment('c', true)).toBe(true);
    engine.sendFragment(hex('01'), false);
    expect(() => engine.sendFragment('a', false)).toThrow(
      usage('INVALID_DATA', 'all be strings or all be bytes'),
    );
    expect(frames()).toHaveLength(3);
  });

  it('stops for ever once the connection is not open, even inside a fragmented message (#53, #54)', () => {
    const { engine, frames } = openHarness();
    engine.sendFragment('a', false);
    engine.close();
    frames();
    expect([engine.send('b'), engine.sendFragment('c', true), engine.ping()]).toEqual([false, false, false]);
    engine.receive(closeFrame());
    expect([engine.send('b'), engine.sendFragment('c', true), engine.ping()]).toEqual([false, false, false]);
    expect(frames()).toEqual([]);
  });
});

describe('receiving', () => {
  it('tells texts, binaries, pings and pongs in order, in the chunk of the 101 too (#39, attack 28)', () => {
    const { engine, told, written, frames } = createHarness();
    written();
    engine.receive(
      Buffer.concat([
        bytesOf(answer()),
        serverFrame(1, 'a'),
        serverFrame(9, 'p'),
        serverFrame(2, 'b'),
        serverFrame(10),
      ]),
    );
    expect(told.map(([name]) => name)).toEqual(['open', 'text', 'ping', 'binary', 'pong']);
    expect(told.slice(1)).toEqual([
      ['text', 'a'],
      ['ping', [0x70]],
      ['binary', [0x62]],
      ['pong', []],
    ]);
    expect(frames()).toEqual([{ fin: true, opcode: 10, rsv1: false, key: SAMPLE_MASK, payload: utf8('p') }]);
  });

  it('reads only the range that it is told', () => {
    const { engine, told } = openHarness();
    engine.receive(hex('ff 81 01 61 ff'), 1, 4);
    engine.receive(hex('ff 81 01 62'), 1);
    expect(told).toEqual([
      ['text', 'a'],
      ['text', 'b'],
    ]);
  });

  it('traces frames in both directions', () => {
    const seen: string[] = [];
    const { engine } = openHarness({ trace: ({ direction, opcode }) => seen.push(`${direction} ${opcode}`) });
    engine.receive(serverFrame(9));
    engine.send('x');
    engine.close(1000);
    engine.receive(closeFrame(1000));
    expect(seen).toEqual(['in 9', 'out 10', 'out 1', 'out 8', 'in 8']);
  });
});

describe('pings (#64, #65, #66)', () => {
  it('are answered at once with the same payload, pongs not at all', () => {
    const harness = openHarness();
    harness.engine.receive(serverFrame(9, 'abc'));
    harness.engine.receive(serverFrame(10, 'unasked'));
    expect(sent(harness)).toEqual([[10, true, [...utf8('abc')]]]);
  });

  it('are answered while we are closing, until the Close of the server came', () => {
    const harness = openHarness();
    harness.engine.close();
    harness.engine.receive(Buffer.concat([serverFrame(9, 'a'), closeFrame(), serverFrame(9, 'b')]));
    expect(sent(harness)).toEqual([
      [8, true, []],
      [10, true, [0x61]],
    ]);
    expect(harness.told.map(([name]) => name)).toEqual(['ping', 'close']);
  });

  it('are answered by the newest alone when the writer is congested, from memory of their own (attack 6)', () => {
    const harness = openHarness();
    const { engine, writer, told } = harness;
    writer.congested = true;
    const flood = Buffer.concat(
      Array.from({ length: 10_000 }, (_, index) => serverFrame(9, `ping ${index}`)),
    );
    engine.receive(flood);
    flood.fill(0);
    expect(sent(harness)).toEqual([]);
    expect(told).toHaveLength(10_000);
    writer.congested = false;
    engine.drained();
    engine.drained();
    expect(sent(harness)).toEqual([[10, true, [...utf8('ping 9999')]]]);
  });

  it('held back are still answered while closing, and forgotten once closed', () => {
    for (const end of ['close', 'closed'] as const) {
      const harness = openHarness();
      harness.writer.congested = true;
      harness.engine.receive(serverFrame(9, 'a'));
      harness.engine.close();
      if (end === 'closed') harness.engine.receive(closeFrame());
      harness.engine.drained();
      expect(sent(harness).map(([opcode]) => opcode)).toEqual(end === 'close' ? [8, 10] : [8]);
    }
  });
});

/** Options of an engine that nobody listens to. */
function bare(): ConstructorParameters<typeof ClientEngine>[0] & { writer: ArrayWriter } {
  const nothing = (): void => {};
  return {
    target: parseTarget('ws://h'),
    protocols: [],
    headers: [],
    limits: DEFAULT_LIMITS,
    random: sampleRandom(),
    writer: new ArrayWriter(),
    sink: {
      open: nothing,
      text: nothing,
      binary: nothing,
      ping: nothing,
      pong: nothing,
      close: nothing,
      failure: nothing,
    },
  };
}
