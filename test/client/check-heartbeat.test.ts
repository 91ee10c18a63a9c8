import { describe, expect, it } from 'vitest';
import { checkHeartbeat } from '../../src/client/check-heartbeat.ts';
import type { HeartbeatOptions } from '../../src/connection/heartbeat.ts';

describe('checkHeartbeat', () => {
  it.each([{}, { interval: 1 }, { timeout: 0.5 }, { interval: undefined, timeout: undefined }])(
    'takes %j',
    (options) => {
      expect(() => checkHeartbeat(options)).not.toThrow();
    },
  );

  it.each<[HeartbeatOptions]>([
    [{ ping: 'none', echo: () => true }],
    [{ ping: 'protocol' }],
    [{ ping: { message: () => 'ping', isAnswer: () => true } }],
  ])('takes every kind of ping', (options) => {
    expect(() => checkHeartbeat(options)).not.toThrow();
  });

  it.each([
    ...[null, {}, 5, 'often', { message: () => '' }, { isAnswer: () => true }].map((ping) => ['ping', ping]),
    ...[null, 5, 'x'].map((echo) => ['echo', echo]),
    ...[null, 5, 'x'].map((announced) => ['announced', announced]),
  ])('refuses a wrong %s: %j', (name, value) => {
    expect(() => checkHeartbeat({ [name as string]: value } as HeartbeatOptions)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`heartbeat.${name} must`),
      }),
    );
  });

  it.each(['interval', 'timeout'])('refuses a wrong %s, by name', (name) => {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null]) {
      expect(() => checkHeartbeat({ [name]: value } as HeartbeatOptions)).toThrow(
        expect.objectContaining({
          code: 'INVALID_OPTION',
          message: `The option heartbeat.${name} must be a positive number of milliseconds. To switch it off: heartbeat: false.`,
        }),
      );
    }
  });
});
