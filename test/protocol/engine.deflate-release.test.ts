// What the ports of compression hold is given back at the end of a connection, and made no sooner than it is needed.
import { expect, it } from 'vitest';
import type { ClientEngine } from '../../src/protocol/engine.ts';
import type { Compression } from '../../src/protocol/ports.ts';
import { deflateHarness, nodeCompression } from '../tools/deflate.ts';
import { hex } from '../tools/engine-harness.ts';
import { closeFrame } from '../tools/server-frame.ts';

/** Compression that writes down what it makes, with which window, and what is released. */
function watched(): { compression: Compression; log: string[] } {
  const log: string[] = [];
  const inner = nodeCompression();
  const watch = <Port extends { release(): void }>(name: string, port: Port): Port => {
    log.push(name);
    const release = port.release.bind(port);
    port.release = () => {
      log.push(`${name} released`);
      release();
    };
    return port;
  };
  return {
    log,
    compression: {
      ...inner,
      createInflater: (bits) => watch(`inflater ${bits}`, inner.createInflater(bits)),
      createDeflater: (bits) => watch(`deflater ${bits}`, inner.createDeflater(bits)),
    },
  };
}

const PARAMS = '; server_max_window_bits=10; client_max_window_bits=11';

const ENDS: readonly (readonly [how: string, end: (engine: ClientEngine) => void])[] = [
  ['the owner gives it up', (engine) => engine.abandon()],
  ['the server closes', (engine) => engine.receive(closeFrame(1000))],
  [
    'both have closed',
    (engine) => {
      engine.close();
      engine.receive(closeFrame(1000));
    },
  ],
  ['the line is lost', (engine) => engine.receiveEnd()],
  ['the server breaks the protocol', (engine) => engine.receive(hex('83 00'))],
  ['a message cannot be inflated', (engine) => engine.receive(hex('c1 01 07'))],
  ['a message is too long', (engine) => engine.receive(hex('c1 7f 00 00 00 01 00 00 00 00'))],
];

it.each(ENDS)('is released, each once, when %s', (_, end) => {
  const { compression, log } = watched();
  const { engine } = deflateHarness({ compression, params: PARAMS });
  expect(log).toEqual([]);
  engine.receive(hex('c1 07 f2 48 cd c9 c9 07 00'));
  engine.send('Hello, Hello, Hello, Hello');
  expect(log).toEqual(['inflater 10', 'deflater 11']);
  end(engine);
  engine.abandon();
  engine.receiveEnd();
  expect(engine.state).toBe('closed');
  expect(log.slice(2)).toEqual(['inflater 10 released', 'deflater 11 released']);
});

it('is released within the callback of a message, and nothing of the connection is read after it', () => {
  const { compression, log } = watched();
  const harness = deflateHarness({ compression, on: { text: () => harness.engine.abandon() } });
  const two = hex('c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00');
  harness.engine.receive(two);
  expect(harness.told).toEqual([['text', 'Hello']]);
  expect(log).toEqual(['inflater 15', 'inflater 15 released']);
});

it('is not made for plain messages', () => {
  const { compression, log } = watched();
  const { engine } = deflateHarness({ compression });
  engine.receive(hex('81 02 48 69'));
  engine.send('Hello, Hello, Hello', false);
  engine.abandon();
  expect(log).toEqual([]);
});
