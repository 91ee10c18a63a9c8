import { describe, expect, it, vi } from 'vitest';
import { setUp, watch } from './set-up.ts';

describe('off()', () => {
  it('stops a listener of on(), every time it was given, and leaves the others', async () => {
    const { client, open } = setUp();
    const [gone, stays] = [vi.fn(), vi.fn()];
    client.on('ready', gone);
    client.on('ready', stays);
    client.on('ready', gone);
    client.off('ready', gone);
    await open();
    expect([gone.mock.calls.length, stays.mock.calls.length]).toEqual([0, 1]);
  });

  it('stops a listener of once()', async () => {
    const { client, open } = setUp();
    const gone = vi.fn();
    client.once('ready', gone);
    client.off('ready', gone);
    await open();
    expect(gone).not.toHaveBeenCalled();
  });

  it('stops it for that event alone, and does nothing for a function that does not listen', async () => {
    const { client, open } = setUp();
    const heard = vi.fn();
    client.on('ready', heard);
    client.off('lost', heard);
    client.off('ready', () => {});
    await open();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('refuses an event that there is not, and what is no function', () => {
    const { client } = setUp();
    expect(() => client.off('open' as 'ready', () => {})).toThrow('The option name must be one of state,');
    expect(() => client.off('ready', undefined as never)).toThrow('The option listener must be');
  });
});

describe('connected', () => {
  it('says whether messages flow', async () => {
    const { client, server, clock, open } = setUp();
    expect(client.connected).toBe(false);
    await open();
    expect(client.connected).toBe(true);
    server.last.drop();
    await clock.advance(0);
    expect([client.connected, client.state.status]).toEqual([false, 'waiting']);
  });
});

describe('a closed client', () => {
  it('says of a message that it was not sent, of a wait only that there is no client', async () => {
    const { client, clock } = setUp();
    void client.close();
    const fates = [client.send('x'), client.request('x'), client.notify('x'), client.ready()].map(watch);
    await clock.settle();
    const unsent =
      'This message was not sent: the client is closed. Call connect() to open it again, and send it once more.';
    expect(fates.map(({ value }) => (value as Error).message)).toEqual([
      unsent,
      unsent,
      unsent,
      'The client is closed. Call connect() to open it again.',
    ]);
  });

  it('says of a request that was sent that the server may have acted on it', async () => {
    const { client, clock, open } = setUp();
    await open();
    const fate = watch(client.request('pay'));
    void client.close();
    await clock.advance(10_000);
    expect((fate.value as Error).message).toBe(
      'The client was closed before this message was answered; the server may have acted on it.',
    );
  });
});
