import { expect, it } from 'vitest';
import type { Transport } from '../../src/transport/transport.ts';
import { WrappedTransport } from '../../src/transport/wrapped-transport.ts';

it('hands on what the wrapper does not change, to the transport that is in use then', () => {
  const calls: string[] = [];
  const made = (name: string, canRef: boolean): Transport => {
    const call = (method: string) => () => void calls.push(`${name} ${method}`);
    const ref = canRef ? { ref: call('ref'), unref: call('unref') } : {};
    return {
      features: { ping: true, pause: true, headers: true },
      bytesReceived: 6,
      heardAt: 7,
      bytesSent: 8,
      pause: call('pause'),
      resume: call('resume'),
      ...ref,
    } as unknown as Transport;
  };
  class Wrapper extends WrappedTransport {
    override inner = made('first', true);
  }
  const wrapper = new Wrapper();
  expect([wrapper.features, wrapper.bytesReceived, wrapper.heardAt, wrapper.bytesSent]).toEqual([
    { ping: true, pause: true, headers: true },
    ...[6, 7, 8],
  ]);
  wrapper.pause();
  wrapper.ref();
  wrapper.inner = made('second', false);
  wrapper.resume();
  wrapper.ref();
  wrapper.unref();
  expect(calls).toEqual(['first pause', 'first ref', 'second resume']);
});
