import { describe, expect, it } from 'vitest';
import { answer, bytesOf, createHarness, hex, openHarness, sent } from '../tools/engine-harness.ts';
import { closeFrame, serverFrame } from '../tools/server-frame.ts';

const usage = (code: string): Error => expect.objectContaining({ name: 'UsageError', code }) as Error;

describe('closing', () => {
  it.each([
    [[], hex('88 80 37 fa 21 3d'), { code: 1005, reason: '' }],
    [[1000], hex('88 82 37 fa 21 3d 34 12'), { code: 1000, reason: '' }],
    [[4000, 'é'], hex('88 84 37 fa 21 3d 38 5a e2 94'), { code: 4000, reason: 'é' }],
  ] as [[number?, string?], Uint8Array, unknown][])(
    'with %j writes a Close frame (#55, #80)',
    (args, bytes, frame) => {
      const { engine, written, told } = openHarness();
      engine.close(...args);
      expect(written()).toEqual(bytes);
      expect([engine.state, engine.sent, engine.received]).toEqual(['closing', frame, undefined]);
      engine.close(1000);
      expect(written()).toHaveLength(0);
      engine.receive(closeFrame(1000, 'ok'));
      expect(told).toEqual([['close', { code: 1000, reason: 'ok' }]]);
      expect([engine.state, engine.sent, engine.received]).toEqual([
        'closed',
        frame,
        { code: 1000, reason: 'ok' },
      ]);
      expect(written()).toHaveLength(0);
      engine.close();
      expect(told).toHaveLength(1);
    },
  );

  it.each([
    [closeFrame(1000, 'bye'), { code: 1000, reason: 'bye' }, hex('88 82 37 fa 21 3d 34 12')],
    [closeFrame(), { code: 1005, reason: '' }, hex('88 80 37 fa 21 3d')],
    [closeFrame(4999), { code: 4999, reason: '' }, hex('88 82 37 fa 21 3d 24 7d')],
  ])('by the server is answered with its code, once (#67, #69, #82)', (frame, received, bytes) => {
    const { engine, written, told } = openHarness();
    engine.receive(frame);
    expect(written()).toEqual(bytes);
    expect(told).toEqual([['close', received]]);
    expect([engine.state, engine.received, engine.sent]).toEqual([
      'closed',
      received,
      { code: received.code, reason: '' },
    ]);
  });

  it('delivers what came before the Close in the same chunk (login servers do that)', () => {
    const { engine, told } = openHarness();
    engine.receive(Buffer.concat([serverFrame(1, 'True'), closeFrame(1000)]));
    expect(told).toEqual([
      ['text', 'True'],
      ['close', { code: 1000, reason: '' }],
    ]);
  });

  it('delivers no message after close(), but pings, pongs and the Close (#113)', () => {
    const { engine, told } = openHarness();
    engine.receive(hex('01 01 61'));
    engine.close();
    engine.receive(
      Buffer.concat([
        hex('80 01 62'),
        serverFrame(2, 'c'),
        serverFrame(10, 'd'),
        serverFrame(1, 'e'),
        closeFrame(),
      ]),
    );
    expect(told).toEqual([
      ['pong', [0x64]],
      ['close', { code: 1005, reason: '' }],
    ]);
  });

  it('ignores everything after the end: a second Close, data, garbage, the end of the stream (#78, attack 12)', () => {
    const { engine, told, written } = openHarness();
    engine.receive(Buffer.concat([closeFrame(1001), closeFrame(1000), serverFrame(1, 'x'), hex('ff ff')]));
    written();
    engine.receive(hex('ff ff'));
    engine.receiveEnd(new Error('reset'));
    engine.drained();
    engine.abandon();
    expect(told).toEqual([['close', { code: 1001, reason: '' }]]);
    expect(written()).toHaveLength(0);
  });

  it('refuses what may not stand in a Close frame, in any state (#107, attack 22)', () => {
    for (const { engine, told } of [openHarness(), createHarness()]) {
      expect(() => engine.close(1005)).toThrow(usage('INVALID_CLOSE'));
      expect(() => engine.close(1000, 'x'.repeat(124))).toThrow(usage('INVALID_CLOSE'));
      expect(() => engine.close(1000, new Uint8Array(4) as never)).toThrow(usage('INVALID_CLOSE'));
      expect(told).toEqual([]);
      expect(engine.sent).toBeUndefined();
    }
  });

  it('while opening gives the attempt up (#108)', () => {
    for (const before of ['', 'HTTP/1.1 404 x\r\nContent-Length: 9\r\n\r\nbo']) {
      const { engine, failure, told, written } = createHarness();
      written();
      engine.receive(bytesOf(before));
      engine.close(1000, 'bye');
      expect(failure()).toMatchObject({
        name: 'HandshakeError',
        code: 'HANDSHAKE_ABORTED',
        phase: 'http',
      });
      engine.receive(bytesOf(answer()));
      expect([told.length, written().length, engine.state, engine.sent]).toEqual([1, 0, 'closed', undefined]);
    }
  });
});

describe('abandoning', () => {
  it('ends everything without a word', () => {
    for (const { engine, told, written } of [openHarness(), createHarness()]) {
      written();
      engine.abandon();
      engine.abandon();
      engine.receive(Buffer.concat([bytesOf(answer()), closeFrame()]));
      engine.receiveEnd();
      expect([engine.state, told, written().length]).toEqual(['closed', [], 0]);
    }
  });
});

describe('the end of the stream', () => {
  it('while open is a lost connection, with its cause (#87)', () => {
    const { engine, failure, told, written } = openHarness();
    const cause = new Error('read ECONNRESET');
    engine.receiveEnd(cause);
    expect(failure()).toMatchObject({
      name: 'ConnectionError',
      code: 'CONNECTION_LOST',
      message: 'The server, or something between, ended the connection without a Close frame.',
      cause,
    });
    expect([failure(), failure()]).not.toContainEqual(expect.objectContaining({ sent: expect.anything() }));
    engine.receiveEnd();
    expect([told.length, written().length, engine.state]).toEqual([1, 0, 'closed']);
  });

  it('while closing is a Close frame left unanswered (#81, attack 12)', () => {
    const { engine, failure } = openHarness();
    engine.close(1000, 'bye');
    engine.receiveEnd();
    expect(failure()).toMatchObject({
      code: 'CONNECTION_CLOSED',
      message: 'The server ended the connection without answering our Close frame.',
      sent: { code: 1000, reason: 'bye' },
    });
    expect('cause' in failure()).toBe(false);
  });

  it('while opening is a handshake that was not answered', () => {
    for (const before of ['', 'HTTP/1.1 101']) {
      const { engine, failure } = createHarness();
      engine.receive(bytesOf(before));
      const cause = new Error('x');
      engine.receiveEnd(cause);
      expect(failure()).toMatchObject({
        name: 'HandshakeError',
        code: 'HANDSHAKE_CLOSED',
        phase: 'http',
        cause,
        message:
          'The server ended the connection before it answered the handshake. Check host and port, and whether it wants wss:.',
      });
    }
    const { engine, failure } = createHarness();
    engine.receiveEnd();
    expect('cause' in failure()).toBe(false);
  });
});

describe('failing (#84, #85)', () => {
  it.each([
    ['83 00', 'PROTOCOL', 1002],
    ['81 80', 'PROTOCOL', 1002],
    ['81 01 ff', 'INVALID_PAYLOAD', 1007],
    ['88 01 03', 'PROTOCOL', 1002],
    ['88 02 03 ed', 'PROTOCOL', 1002],
    ['88 03 03 e8 ff', 'INVALID_PAYLOAD', 1007],
    ['82 7f 7f ff ff ff ff ff ff ff', 'MESSAGE_TOO_BIG', 1009],
    ['01 00 00 00 80 00', 'TOO_MANY_FRAGMENTS', 1008],
  ])('by %s is %s, told to the server as %d, then nothing more is read', (digits, code, closeCode) => {
    const harness = openHarness({ limits: { maxFragments: 2 } });
    harness.engine.receive(
      Buffer.concat([serverFrame(1, 'before'), hex(digits), serverFrame(1, 'after'), closeFrame()]),
    );
    expect(harness.told).toEqual([
      ['text', 'before'],
      ['failure', expect.objectContaining({ name: 'ProtocolError', code, closeCode })],
    ]);
    expect(sent(harness)).toEqual([[8, true, [closeCode >> 8, closeCode & 0xff]]]);
    expect([harness.engine.state, harness.engine.sent, harness.engine.received]).toEqual([
      'closed',
      { code: closeCode, reason: '' },
      undefined,
    ]);
  });

  it('while closing writes no second Close frame (#67)', () => {
    const harness = openHarness();
    harness.engine.close(1000);
    harness.engine.receive(hex('83 00'));
    expect(sent(harness).map(([opcode]) => opcode)).toEqual([8]);
    expect(harness.failure()).toMatchObject({ code: 'PROTOCOL', closeCode: 1002 });
    expect(harness.engine.sent).toEqual({ code: 1000, reason: '' });
  });

  it('while opening writes nothing at all', () => {
    const { engine, written, failure } = createHarness();
    written();
    engine.receive(bytesOf('SSH-2.0'));
    expect(failure().code).toBe('HANDSHAKE_MALFORMED');
    expect([written().length, engine.state, engine.sent]).toEqual([0, 'closed', undefined]);
  });
});
