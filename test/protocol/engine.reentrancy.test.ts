// A sink that calls back into the engine from inside every one of its methods, and one that throws.
import { describe, expect, it } from 'vitest';
import type { ClientEngine } from '../../src/protocol/engine.ts';
import type { EngineSink } from '../../src/protocol/ports.ts';
import {
  answer,
  bytesOf,
  createHarness,
  type Harness,
  type HarnessOptions,
  hex,
  openHarness,
  sent,
} from '../tools/engine-harness.ts';
import { closeFrame, serverFrame } from '../tools/server-frame.ts';

/** A harness whose sink does `act` when it is told `name`. */
function reacting(
  name: keyof EngineSink,
  act: (engine: ClientEngine) => void,
  options: HarnessOptions = {},
): Harness {
  const harness: Harness = createHarness({ ...options, on: { [name]: () => act(harness.engine) } });
  harness.written();
  return harness;
}

const names = ({ told }: Harness): string[] => told.map(([name]) => name);
const session = Buffer.concat([
  bytesOf(answer()),
  serverFrame(9, 'p'),
  serverFrame(1, 'a'),
  hex('02 01 01 80 01 02'),
  serverFrame(10),
  serverFrame(1, 'b'),
  closeFrame(1000),
]);
const INSIDE = ['open', 'ping', 'text', 'binary', 'pong'] as const;

describe.each(INSIDE)('inside %s', (inside) => {
  it('send() works, and the rest is still told', () => {
    const harness = reacting(inside, (engine) => expect(engine.send('reply')).toBe(true));
    harness.engine.receive(session);
    expect(names(harness)).toEqual(['open', 'ping', 'text', 'binary', 'pong', 'text', 'close']);
    const replies = sent(harness).filter(([opcode]) => opcode === 1);
    expect(replies).toHaveLength(inside === 'text' ? 2 : 1);
  });

  it('close() stops the messages behind it, not the closing handshake', () => {
    const harness = reacting(inside, (engine) => engine.close(4000, 'enough'));
    harness.engine.receive(session);
    const order = ['open', 'ping', 'text', 'binary', 'pong', 'text', 'close'];
    const after = order
      .slice(order.indexOf(inside) + 1)
      .filter((name) => name !== 'text' && name !== 'binary');
    expect(names(harness)).toEqual([...order.slice(0, order.indexOf(inside) + 1), ...after]);
    expect(harness.told.at(-1)).toEqual(['close', { code: 1000, reason: '' }]);
    expect(sent(harness).filter(([opcode]) => opcode === 8)).toHaveLength(1);
    expect(harness.engine.sent).toEqual({ code: 4000, reason: 'enough' });
  });

  it.each(['abandon', 'receiveEnd'] as const)('%s() ends it there', (how) => {
    const harness = reacting(inside, (engine) => engine[how]());
    harness.engine.receive(session);
    const ending = how === 'abandon' ? [] : ['failure'];
    const order = ['open', 'ping', 'text', 'binary', 'pong'];
    expect(names(harness)).toEqual([...order.slice(0, order.indexOf(inside) + 1), ...ending]);
    expect(harness.engine.state).toBe('closed');
    expect(sent(harness).some(([opcode]) => opcode === 8)).toBe(false);
  });
});

describe('inside the end', () => {
  it.each(['close', 'failure'] as const)('every verb is harmless: %s', (inside) => {
    const harness = reacting(inside, (engine) => {
      expect(engine.state).toBe('closed');
      expect([engine.send('x'), engine.ping(), engine.sendFragment('x', true)]).toEqual([
        false,
        false,
        false,
      ]);
      engine.close(1000);
      engine.drained();
      engine.abandon();
      engine.receiveEnd();
    });
    harness.engine.receive(bytesOf(answer()));
    harness.engine.receive(inside === 'close' ? closeFrame(1000) : hex('83 00'));
    expect(names(harness)).toEqual(['open', inside]);
    expect(sent(harness).map(([opcode]) => opcode)).toEqual([8]);
  });

  it('the Close frames can be read already', () => {
    let seen: unknown;
    const harness = reacting('close', ({ sent: ours, received }) => {
      seen = [ours, received];
    });
    harness.engine.receive(session);
    expect(seen).toEqual([
      { code: 1000, reason: '' },
      { code: 1000, reason: '' },
    ]);
  });
});

describe('a tracer that ends the connection', () => {
  it('lets no message through', () => {
    for (const bytes of [serverFrame(1, 'a'), hex('01 01 61 80 01 62'), hex('02 00 80 00')]) {
      const harness: Harness = openHarness({
        trace: ({ direction, fin }) => {
          if (direction === 'in' && fin) harness.engine.abandon();
        },
      });
      harness.engine.receive(bytes);
      expect(names(harness)).toEqual([]);
    }
  });
});

describe('a writer that finds the line gone while it is written to', () => {
  it.each([
    ['a message', 'send', serverFrame(10)],
    ['a Close of ours', 'close', serverFrame(10)],
    ['a Pong', undefined, serverFrame(9)],
    ['the answer to a Close', undefined, closeFrame(1000)],
    ['the Close of a failure', undefined, hex('83 00')],
  ] as const)('in %s: the end is told once, and last', (_, verb, bytes) => {
    const harness = openHarness();
    const { engine, writer, told } = harness;
    const commit = writer.commit.bind(writer);
    writer.commit = (size, payload) => {
      commit(size, payload);
      engine.receiveEnd(new Error('EPIPE'));
    };
    if (verb === 'send') expect(engine.send('x')).toBe(true);
    else if (verb === 'close') engine.close();
    engine.receive(bytes);
    engine.receiveEnd();
    expect(told).toHaveLength(1);
    expect(['close', 'failure']).toContain(told[0]?.[0]);
    expect(engine.state).toBe('closed');
    expect(harness.frames()).toHaveLength(1);
  });
});

describe('a sink that throws', () => {
  const fault = new Error('the application');

  it.each(INSIDE)('inside %s: its error passes through, and the connection is given up', (inside) => {
    const harness = reacting(inside, () => {
      throw fault;
    });
    expect(() => harness.engine.receive(session)).toThrow(fault);
    expect(harness.engine.state).toBe('closed');
    expect(names(harness).at(-1)).toBe(inside);
    expect(() => harness.engine.receive(session)).not.toThrow();
  });

  it.each(['close', 'failure'] as const)('inside %s: likewise, even with an error of holdline', (inside) => {
    for (const error of [fault, otherFailure()]) {
      const harness = reacting(inside, () => {
        throw error;
      });
      harness.engine.receive(bytesOf(answer()));
      expect(() => harness.engine.receive(inside === 'close' ? closeFrame() : hex('83 00'))).toThrow(error);
      expect(names(harness)).toEqual(['open', inside]);
      expect(harness.engine.state).toBe('closed');
    }
  });
});

function otherFailure(): Error {
  const { engine, failure } = openHarness();
  engine.receive(hex('83 00'));
  return failure();
}
