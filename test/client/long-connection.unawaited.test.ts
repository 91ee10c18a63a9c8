// What nobody awaits: a rejection of send() or notify() must not end the process, and an event tells of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from './set-up.ts';

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
});

/** Lets Node find rejections that nobody handles: it looks after each task. */
const nextTasks = async (): Promise<void> => {
  for (let count = 0; count < 3; count++) await new Promise((resolve) => setImmediate(resolve));
};

describe('send and notify without await', () => {
  it('that expire in the outbox are told by drop', async () => {
    const { client, clock, of } = setUp({ outbox: { maxAge: 1_000 } }, { onConnect: () => {} });
    void client.send(1);
    void client.notify('seen');
    await clock.advance(1_000);
    await nextTasks();
    expect(of('drop')).toMatchObject([{ code: 'OUTBOX_EXPIRED' }, { code: 'OUTBOX_EXPIRED' }]);
    expect(unhandled).toEqual([]);
  });

  it('that find the outbox full are told by drop', async () => {
    const { client, of } = setUp({ outbox: { maxMessages: 0 } });
    void client.send(1);
    await nextTasks();
    expect(of('drop')).toMatchObject([{ code: 'OUTBOX_FULL' }]);
    expect(unhandled).toEqual([]);
  });

  it('that were not to wait are told by drop', async () => {
    const { client, of } = setUp();
    void client.send(1, { whenOffline: 'reject' });
    await nextTasks();
    expect(of('drop')).toMatchObject([{ code: 'NOT_CONNECTED' }]);
    expect(unhandled).toEqual([]);
  });

  it('that cannot be sent are told by error', async () => {
    const { client, of } = setUp({ envelope: raw() });
    void client.send(new Map());
    void client.send('x', { ttl: -1 });
    void client.notify('m');
    await nextTasks();
    expect(of('error')).toMatchObject([
      { code: 'INVALID_DATA' },
      { code: 'INVALID_OPTION' },
      { code: 'UNSUPPORTED' },
    ]);
    expect(unhandled).toEqual([]);
  });

  it('that a transport throws at are told by drop, as failed', async () => {
    const { client, server, of, open } = setUp();
    await open();
    const fault = new Error('no');
    Object.defineProperty(server.last, 'state', {
      get() {
        throw fault;
      },
    });
    void client.send(1);
    await nextTasks();
    expect(of('drop')).toMatchObject([{ code: 'SEND_FAILED', outcome: 'unknown', cause: fault }]);
    expect(unhandled).toEqual([]);
  });

  it('that their signal took back are told by nothing', async () => {
    const { client, of } = setUp();
    const controller = new AbortController();
    void client.send(1, { signal: controller.signal });
    controller.abort();
    void client.send(2, { signal: controller.signal });
    await nextTasks();
    expect(of('drop')).toEqual([]);
    expect(unhandled).toEqual([]);
  });
});

it('whoever awaits them still gets the error', async () => {
  const { client } = setUp();
  await expect(client.send(1, { whenOffline: 'reject' })).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  await expect(client.send(1n)).rejects.toMatchObject({ code: 'INVALID_DATA' });
});
