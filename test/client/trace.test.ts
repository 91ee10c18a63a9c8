import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TraceRecord } from '../../src/client/records/record.ts';
import { trace } from '../../src/client/trace.ts';
import { setUp } from './set-up.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('trace', () => {
  it('prints to the console unless it is told where', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const { client, clock, open } = setUp({ use: [trace()] });
    await open();
    expect(log.mock.calls.flat()).toContain(
      '00:00:00.000 connecting > ready: connection opened (ready: connection opened (a dead line will not be noticed))',
    );
    const closed = client.close();
    await clock.advance(10);
    await closed;
  });

  it('tells two who want to know, each in its own way, and a tracer that throws disturbs nobody', async () => {
    const told: TraceRecord[] = [];
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    const fails = trace(() => {
      throw new Error('the tracer');
    });
    const { client, clock, server, open } = setUp({ use: [trace((record) => told.push(record)), fails] });
    await open();
    const reply = client.request('sum', [1, 2]);
    server.last.send(JSON.stringify({ jsonrpc: '2.0', id: 1, result: 3 }));
    expect(await reply).toBe(3);
    const closed = client.close();
    await clock.advance(10);
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', uncaught);
    expect(uncaught).toHaveBeenCalled();
    expect(told.map(({ type }) => type)).toEqual([
      'state',
      'connect',
      'open',
      'state',
      'request',
      'frame',
      'frame',
      'reply',
      'state',
      'close',
      'state',
    ]);
  });

  it('refuses what is no function, and options that there are not', () => {
    expect(() => trace({} as never)).toThrow('The option tell of trace must be a function. I');
    expect(() => trace(() => {}, { previews: 1 } as never)).toThrow('preview');
    expect(() => trace(() => {}, { preview: -1 })).toThrow('preview');
  });
});
