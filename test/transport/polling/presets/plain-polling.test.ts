import { expect, it } from 'vitest';
import { plainPolling } from '../../../../src/polling.ts';
import { polled } from '../../../tools/polling-harness.ts';

it('asks at an interval; every answer that is not empty is one message', async () => {
  const { http, session, clock, answer } = await polled(plainPolling());
  expect(http.last().shown).toBe('GET /path?token=secret12');
  await answer('state 1');
  expect(session.messages).toEqual(['state 1']);
  await clock.advance(5_000);
  await answer('', { status: 204 });
  await clock.advance(5_000);
  await answer('state 2');
  expect(session.messages).toEqual(['state 1', 'state 2']);
});

it('sends each message in a request of its own, bytes as bytes, and hears its answer', async () => {
  const { http, session, transport, clock, answer, settle } = await polled(plainPolling({ interval: 100 }));
  await answer();
  transport.send('Hello');
  transport.send(new Uint8Array([1, 2]));
  await settle();
  expect(http.open.map(({ shown }) => shown)).toEqual(['POST /path?token=secret12 Hello']);
  http.last().answer('Hi');
  await settle();
  expect(session.messages).toEqual(['Hi']);
  expect(http.open.map(({ shown }) => shown).sort()).toEqual([
    'GET /path?token=secret12',
    'POST /path?token=secret12 <1,2>',
  ]);
  transport.abandon();
  await clock.advance(0);
});
