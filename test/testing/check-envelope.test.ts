import { describe, expect, it } from 'vitest';
import { json, plain } from '../../src/messaging/codec.ts';
import type { Classified, Envelope, EnvelopeFactory, RpcEnvelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import { checkEnvelope } from '../../src/testing/check-envelope.ts';

const RECEIVED = [
  '{"jsonrpc":"2.0","id":1,"result":{"a":1}}',
  '{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"no"}}',
  '[{"method":"tick","params":[1]},{"method":"subscription","params":{"subscription":"s","result":1}}]',
  '{"id":"a","method":"ask"}',
];

/** An envelope with one thing wrong. */
const wrong =
  (classify: (message: unknown) => unknown, more: Partial<Envelope> = {}): EnvelopeFactory =>
  () => ({
    codec: json(),
    reader: () => ({ split: (value) => [value], classify: classify as (message: unknown) => Classified }),
    ...more,
  });

const keyOf = (message: unknown): unknown => (message as { id?: unknown } | null)?.id;

describe('checkEnvelope', () => {
  it('has nothing to say of our own', () => {
    expect(checkEnvelope(jsonRpc(), { received: RECEIVED })).toEqual([]);
    expect(checkEnvelope(raw(), { received: ['a', Uint8Array.of(1, 2, 3)] })).toEqual([]);
  });

  it.each<[string, EnvelopeFactory]>([
    [
      'It throws TypeError',
      wrong((message) => ({ kind: 'reply', key: (message as { id: number }).id.toFixed(), result: 1 })),
    ],
    ['It gives the kind', wrong((message) => ({ kind: keyOf(message) }))],
    ['It gives a failure without error', wrong(() => ({ kind: 'failure', key: 1 }))],
    [
      'It gives a key that cannot be kept',
      wrong((message) => ({ kind: 'reply', key: keyOf(message), result: 1 })),
    ],
    [
      'It gives a key that cannot be kept',
      wrong((message) => ({ kind: 'event', name: 'x', payload: 1, subscription: { key: keyOf(message) } })),
    ],
    [
      'It gives a name that is no text',
      wrong((message) => ({ kind: 'event', name: keyOf(message), payload: 1 })),
    ],
    [
      'allocate() gives a key twice',
      wrong(() => ({ kind: 'message' }), {
        rpc: { allocate: () => 1, request: () => 1, notification: () => 1 } as RpcEnvelope,
      }),
    ],
    [
      'The codec cannot carry a request',
      wrong(() => ({ kind: 'message' }), {
        codec: plain(),
        rpc: { allocate: Math.random, request: () => ({}), notification: () => 'x' } as RpcEnvelope,
      }),
    ],
  ])('finds: %s', (complaint, envelope) => {
    const complaints = checkEnvelope(envelope, { received: RECEIVED });
    expect(complaints.join('\n')).toContain(complaint);
    expect(complaints.length).toBeLessThanOrEqual(20);
  });

  it('finds readers that share what they have begun', () => {
    const shared: EnvelopeFactory = () => {
      let rest = '';
      return {
        codec: plain(),
        reader: () => ({
          split: (text) => {
            const all = `${rest}${text}`.split('\n');
            rest = all.pop() as string;
            return all;
          },
          classify: () => ({ kind: 'message' }),
        }),
      };
    };
    expect(checkEnvelope(shared, { received: ['one\n', 'two\n'], rounds: 1 })).toEqual([]);
    const named: EnvelopeFactory = () => {
      const envelope = shared();
      const { split } = envelope.reader(undefined);
      return {
        ...envelope,
        reader: () => ({ split, classify: (name) => ({ kind: 'event', name: String(name), payload: 1 }) }),
      };
    };
    expect(checkEnvelope(named, { received: ['one\n', 'two\n'], rounds: 1 })).toEqual([
      'Message 0 means something else when another line has had half of it.',
      'Message 1 means something else when another line has had half of it.',
    ]);
  });

  it('tries the same for the same seed', () => {
    const seen: string[] = [];
    const spy = wrong((message) => {
      seen.push(JSON.stringify(message));
      return { kind: 'message' };
    });
    checkEnvelope(spy, { received: RECEIVED, rounds: 20, seed: 7 });
    const first = seen.splice(0);
    checkEnvelope(spy, { received: RECEIVED, rounds: 20, seed: 7 });
    expect(seen).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(20);
  });
});
