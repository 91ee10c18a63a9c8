import { expect, it } from 'vitest';
import { createClient, createSlimClient } from '../../src/index.node.ts';

const url = 'ws://127.0.0.1:9';

it('gives a client what its function has of itself: subscriptions, or nothing', async () => {
  const client = createClient({ url });
  expect(client.subscribe('ticks').status).toBe('pending');
  await client.close();
  const slim = createSlimClient<object>({ url });
  expect(() => slim.subscribe('ticks')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

it('asks for plugins of its own only once the options are right', () => {
  expect(() => createClient(undefined as never)).toThrow(
    'createClient() and createSlimClient() take options: { url: … }.',
  );
});
