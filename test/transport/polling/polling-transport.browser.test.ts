// In a page: what another origin does not allow, where a redirect ends, and a network without WebSockets.
import { afterEach, expect, inject, it, vi } from 'vitest';
import { type Client, createClient, handover, raw } from '../../../src/index.ts';
import { fallback, pollingTransport } from '../../../src/polling.ts';
import { gatewayDialect } from '../../tools/polling-dialect.ts';

const url = inject('pollingUrl');
let client: Client;

afterEach(() => client.close());

function failing(path: string): Promise<unknown> {
  client = createClient({ url: url + path, reconnect: false, transport: pollingTransport(gatewayDialect()) });
  return client.ready().catch((error: unknown) => error);
}

it('an origin that is not allowed (CORS) is told as what a page can know, and what to do', async () => {
  const error = await failing('/echo?no-cors=1');
  expect(error).toMatchObject({ code: 'HANDSHAKE_OPAQUE', detail: 'fetch' });
  expect((error as Error).message).toContain('CORS');
});

it('a redirect is not followed', async () => {
  const error = await failing('/redirect');
  expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', detail: 'poll', status: 0 });
  expect((error as Error).message).toContain('redirected');
});

it('falls back where no WebSocket gets through, and comes back without a loss when one does', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const id = crypto.randomUUID();
  client = createClient({
    url: `${url}/echo?upgrade=${id}`,
    envelope: raw(),
    use: [fallback([pollingTransport(gatewayDialect())], { remember: 500 }), handover()],
  });
  const heard: unknown[] = [];
  const lost = vi.fn();
  client.on('message', (message) => heard.push(message));
  client.on('lost', lost);
  await client.ready();
  expect(client.why().wire).toBe('polling: the WebSocket was refused (HANDSHAKE_OPAQUE)');
  await client.send('over polling');
  await expect.poll(() => heard).toEqual(['over polling']);
  await fetch(`${url.replace('ws', 'http')}/?_poll=repair&upgrade=${id}`);
  await expect.poll(() => client.state.epoch, { timeout: 15_000 }).toBe(2);
  expect(client.why().wire).toBeUndefined();
  await client.send('over a WebSocket');
  await expect.poll(() => heard).toEqual(['over polling', 'over a WebSocket']);
  expect(lost).not.toHaveBeenCalled();
});
