/** Sessions of a server as fast-check arbitraries: the bytes, and what a client must make of them. */
import fc from 'fast-check';
import { answer, bytesOf, concat, httpAnswer, type Told, utf8 } from './engine-harness.ts';
import { closeFrame, serverFrame } from './server-frame.ts';

/** Bytes of a server and the events that they stand for. */
export interface Scene {
  readonly bytes: Uint8Array;
  readonly events: Told[];
}

const PING = 9;
const PONG = 10;

const control: fc.Arbitrary<Scene> = fc
  .tuple(fc.constantFrom(PING, PONG), fc.uint8Array({ maxLength: 125 }))
  .map(([opcode, payload]) => ({
    bytes: serverFrame(opcode, payload),
    events: [[opcode === PING ? 'ping' : 'pong', [...payload]]],
  }));

const payload: fc.Arbitrary<{ opcode: number; bytes: Uint8Array; event: Told }> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => ({
    opcode: 1,
    bytes: utf8(text),
    event: ['text', text] as Told,
  })),
  fc
    .oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 120, maxLength: 300 }))
    .map((bytes) => ({ opcode: 2, bytes, event: ['binary', [...bytes]] as Told })),
);

/** A message in one frame or in several, control frames between them. */
const message: fc.Arbitrary<Scene> = fc
  .tuple(payload, fc.array(fc.tuple(fc.nat(), fc.array(control, { maxLength: 2 })), { maxLength: 4 }))
  .map(([{ opcode, bytes, event }, cuts]) => {
    const ends = cuts.map(([at]) => at % (bytes.length + 1)).sort((a, b) => a - b);
    const parts: Uint8Array[] = [];
    const events: Told[] = [];
    let start = 0;
    for (const [index, [, between]] of cuts.entries()) {
      const end = ends[index] as number;
      parts.push(serverFrame(0, bytes.slice(start, end), index === 0 ? opcode : 0));
      for (const scene of between) {
        parts.push(scene.bytes);
        events.push(...scene.events);
      }
      start = end;
    }
    parts.push(serverFrame(0, bytes.slice(start), 0x80 | (cuts.length === 0 ? opcode : 0)));
    return { bytes: concat(...parts), events: [...events, event] };
  });

const ending: fc.Arbitrary<Scene> = fc.oneof(
  fc.constant<Scene>({ bytes: new Uint8Array(0), events: [] }),
  fc.constant<Scene>({ bytes: closeFrame(), events: [['close', { code: 1005, reason: '' }]] }),
  fc
    .tuple(fc.constantFrom(1000, 1001, 1011, 1014, 3000, 4999), fc.string({ unit: 'binary', maxLength: 30 }))
    .map(
      ([code, reason]): Scene => ({ bytes: closeFrame(code, reason), events: [['close', { code, reason }]] }),
    ),
);

/** A whole session that keeps to RFC 6455, without the events of the handshake. */
export const honestSession: fc.Arbitrary<Scene> = fc
  .tuple(fc.array(fc.oneof(message, control), { maxLength: 8 }), ending)
  .map(([scenes, end]) => ({
    bytes: concat(bytesOf(answer('X-Filler: y')), ...scenes.map((scene) => scene.bytes), end.bytes),
    events: [...scenes.flatMap((scene) => scene.events), ...end.events],
  }));

const noise: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  // Frame headers, mostly of a known kind, with lengths that lie.
  fc
    .tuple(
      fc.constantFrom(0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0x83, 0x09),
      fc.constantFrom(0, 1, 2, 5, 125, 126, 127, 0x80, 0xff),
      fc.uint8Array({ maxLength: 12 }),
    )
    .map(([first, second, rest]) => Uint8Array.of(first, second, ...rest)),
);

/** `bytes`, some of them from `start` on changed, dropped or added to. */
function spoiled(start: (bytes: Uint8Array) => number): fc.Arbitrary<Uint8Array> {
  const faults = fc.array(fc.tuple(fc.nat(), fc.constantFrom('change', 'drop', 'add'), fc.nat(255)), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.tuple(honestSession, faults).map(([{ bytes }, places]) => {
    const result = [...bytes];
    const from = start(bytes);
    for (const [where, how, byte] of places) {
      const at = from + (where % (result.length - from + 1));
      result.splice(at, how === 'add' ? 0 : 1, ...(how === 'drop' ? [] : [byte]));
    }
    return Uint8Array.from(result);
  });
}

const HEAD_BYTES = answer('X-Filler: y').length;

/** A 101, and then frames of which most are wrong. */
const noisyFrames = fc
  .array(
    fc.oneof(
      noise,
      message.map((scene) => scene.bytes),
    ),
    { maxLength: 6 },
  )
  .map((parts) => concat(bytesOf(answer()), ...parts));

const refusal = fc
  .tuple(
    fc.constantFrom('200 OK', '204', '302 Found', '401 x', '503 Busy'),
    fc.subarray([
      'Transfer-Encoding: chunked',
      'Content-Length: 9',
      'Retry-After: 3',
      'Location: /x?y',
      'Set-Cookie: a',
    ]),
    fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom('5\r\nabcde\r\n1\r\nx\r\n0\r\n', 'ff\r\n', '\r\n'),
    ),
  )
  .map(([status, fields, body]) => bytesOf(httpAnswer(status, fields, body)));

const headSoup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 101 x',
        'HTTP/1.1 100 x',
        'HTTP/1.0 200 OK',
        'HTTP/1.1 401',
        'Upgrade: websocket',
      ),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\0', ' ', ': '),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => bytesOf(`HTTP/1.1 ${parts.join('')}`));

/** Bytes of a server that errs. */
export const hostileSession: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 2, arbitrary: spoiled(() => 0) },
  { weight: 4, arbitrary: spoiled(() => HEAD_BYTES) },
  { weight: 4, arbitrary: noisyFrames },
  { weight: 2, arbitrary: refusal },
  { weight: 1, arbitrary: headSoup },
);
