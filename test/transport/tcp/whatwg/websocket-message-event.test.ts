import { beforeAll, describe, expect, it } from 'vitest';
import {
  messageEventOf,
  poseAsMessageEvent,
} from '../../../../src/transport/tcp/whatwg/websocket-message-event.ts';

const ORIGIN = 'wss://example.com';

beforeAll(() => {
  poseAsMessageEvent();
  poseAsMessageEvent();
});

/** Everything that a program can read of an event. */
function members(event: Event): Record<string, unknown> {
  const names = ['data', 'origin', 'lastEventId', 'source', 'type', 'bubbles', 'cancelable', 'composed'];
  const read = event as unknown as Record<string, unknown>;
  return {
    ...Object.fromEntries(names.map((name) => [name, read[name]])),
    ports: [...(event as MessageEvent).ports],
    keys: Object.keys(event),
    constructor: event.constructor,
    isMessageEvent: event instanceof MessageEvent,
  };
}

describe('the event of a message', () => {
  it.each(['text', '', new ArrayBuffer(3), new Blob(['x'])])(
    'is a MessageEvent to all who look at it (%s)',
    (data) => {
      const platform = new MessageEvent('message', { data, origin: ORIGIN });
      const event = messageEventOf(data, ORIGIN);
      expect(members(event)).toEqual(members(platform));
      expect(String(event)).toBe('[object MessageEvent]');
      expect(Object.isFrozen((event as MessageEvent).ports)).toBe(true);
    },
  );

  it('can be dispatched again, and cloned the way that libraries do it', () => {
    const event = messageEventOf('text', ORIGIN);
    const seen: unknown[] = [];
    const target = new EventTarget();
    target.addEventListener('message', (heard) => seen.push((heard as MessageEvent).data, heard.target));
    target.dispatchEvent(event);
    target.dispatchEvent(new MessageEvent(event.type, event as unknown as MessageEventInit));
    expect(seen).toEqual(['text', target, 'text', target]);
  });
});
