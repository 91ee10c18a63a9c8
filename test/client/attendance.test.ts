import { expect, it, vi } from 'vitest';
import { TcpAttendance } from '../../src/client/attendance.ts';
import { DEFAULT_INBOX, Inbox } from '../../src/messaging/inbox.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

it('without a heartbeat the end still waits for its readers, a Ping for a task', async () => {
  const clock = createVirtualClock();
  const inbox = new Inbox(DEFAULT_INBOX, { canPause: true, pause() {}, resume() {}, overflow() {} });
  const random = createScriptedRandom({});
  const attendance = new TcpAttendance({ clock, random, inbox, beats: undefined, dead: vi.fn() });
  expect(attendance.onMessage('a')).toBe(false);
  attendance.onPong(new Uint8Array(0));
  attendance.onDrain();
  const proceed = vi.fn();
  attendance.hold(proceed, false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(proceed).toHaveBeenCalledOnce();
  inbox.push('unread');
  attendance.hold(proceed, true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(proceed).toHaveBeenCalledOnce();
  attendance.ended();
  expect(proceed).toHaveBeenCalledTimes(2);
  expect(clock.pendingTimers).toBe(0);
});
