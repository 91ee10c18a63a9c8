import { ws } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import { Session } from '../conformance/session.ts';

// The page's own WebSocket class, with msw in the place of the server.
const chat = ws.link('ws://chat.test/line');
const server = setupServer();

beforeAll(() => server.listen({ onUnhandledRequest: 'bypass' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const connect = (): Session => new Session(nativeTransport(), 'ws://chat.test/line', { closeTimeout: 500 });

describe('native transport in a page (happy-dom, msw)', () => {
  it('opens, echoes text and bytes, and closes', async () => {
    server.use(
      chat.addEventListener('connection', ({ client }) => {
        client.addEventListener('message', ({ data }) => client.send(data as string));
      }),
    );
    const session = await connect().open();
    session.transport.send('Grüße');
    session.transport.send(new Uint8Array([1, 2, 3]).subarray(1));
    expect([await session.message(), await session.message()]).toEqual(['Grüße', new Uint8Array([2, 3])]);
    session.transport.close(4000, 'bye');
    expect(await session.closed()).toMatchObject({ sent: { code: 4000, reason: 'bye' } });
    await session.finish();
  });

  it('tells the close of the server with its code and reason', async () => {
    server.use(
      chat.addEventListener('connection', ({ client }) => {
        client.addEventListener('message', ({ data }) => {
          if (data === 'leave') client.close(4401, 'token expired');
          else client.send('True');
        });
      }),
    );
    const session = await connect().open();
    session.transport.send('my name');
    expect(await session.message()).toBe('True');
    session.transport.send('leave');
    expect(await session.closed()).toMatchObject({ code: 4401, reason: 'token expired' });
    await session.finish();
  });
});
