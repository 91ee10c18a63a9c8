import { expect, it } from 'vitest';
import { Traffic } from '../../src/connection/traffic.ts';

it('counts what lines say, those that have ended once and for all', () => {
  const traffic = new Traffic();
  expect(traffic.sum()).toEqual({ sent: 0, received: 0 });
  const first = { bytesSent: 5, bytesReceived: 7, isOver: false };
  traffic.add(first);
  expect(traffic.sum()).toEqual({ sent: 5, received: 7 });
  first.bytesSent = 6;
  expect(traffic.sum()).toEqual({ sent: 6, received: 7 });
  first.isOver = true;
  traffic.add({ bytesSent: -100, bytesReceived: 1, isOver: false });
  first.bytesSent = 1_000;
  expect(traffic.sum()).toEqual({ sent: 6, received: 8 });
  expect(traffic.sum()).toEqual({ sent: 6, received: 8 });
});
