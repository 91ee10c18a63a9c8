import { expect, it } from 'vitest';
import { netConnectOptions } from '../../../../src/transport/tcp/dialling/net-options.ts';

it('the options of a TCP connection are those that are given, and none that is undefined', () => {
  const bare = { host: 'a.test', port: 80, noDelay: true };
  expect(netConnectOptions('a.test', 80, {})).toEqual(bare);
  expect(netConnectOptions('a.test', 80, { family: undefined, lookup: undefined, tls: {} })).toEqual(bare);
  const given = {
    family: 6,
    autoSelectFamily: false,
    autoSelectFamilyAttemptTimeout: 500,
    localAddress: '::1',
    lookup: () => {},
  } as const;
  expect(netConnectOptions('a.test', 80, given)).toEqual({ ...bare, ...given });
  expect(Object.keys(netConnectOptions('a.test', 80, {}))).toEqual(Object.keys(bare));
});
