import { expect, it } from 'vitest';
import { conversationOf } from '../../../../src/client/records/infer/conversation.ts';
import { recordedSession } from './session.ts';

it('says what was said, in order, replies beside their requests', async () => {
  const turns = conversationOf(await recordedSession(), {});
  expect(
    turns.map((turn) => [turn.what, 'exchange' in turn ? turn.exchange.name : ''].join(' ').trim()),
  ).toEqual([
    'ready',
    'request sum',
    'request find user',
    'settled sum',
    'settled find user',
    'request find user',
    'request pay',
    'settled find user',
    'settled pay',
    'notification',
    'request subscribe',
    'settled subscribe',
    'streamed',
    'streamed',
    'event',
    'asked confirm',
    'asked confirm',
    'sent',
    'sent',
    'request unsubscribe',
    'settled unsubscribe',
  ]);
  expect(turns[10]).toMatchObject({
    exchange: { stream: { name: 'ticks', events: [{ price: 1 }, { price: 2.5 }] } },
  });
  expect(turns[15]).toMatchObject({ exchange: { params: ['a', 1], reply: { result: { ok: true } } } });
  expect(turns[19]).toMatchObject({ exchange: { leaves: { stream: { name: 'ticks' } } } });
});
