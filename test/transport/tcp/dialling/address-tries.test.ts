import { getDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { AddressTries } from '../../../../src/transport/tcp/dialling/address-tries.ts';

const address = (text: string) => ({ address: text, family: text.includes(':') ? 6 : 4 });

function triesOf(addresses: string[], delay?: number) {
  const clock = createVirtualClock();
  const options = { autoSelectFamilyAttemptTimeout: delay };
  return { clock, tries: new AddressTries(addresses.map(address), options, clock) };
}

describe('the addresses of a name', () => {
  it('take turns by family, beginning with the first', () => {
    const { tries } = triesOf(['::1', '::2', '::3', '192.0.2.1']);
    const order = Array.from({ length: 5 }, () => tries.next()?.address);
    expect(order).toEqual(['::1', '192.0.2.1', '::2', '::3', undefined]);
  });

  it('are given up for the next after a while, as the platform does: 250 ms in Node', async () => {
    const patience = getDefaultAutoSelectFamilyAttemptTimeout();
    const { clock, tries } = triesOf(['192.0.2.1', '192.0.2.2']);
    const late: string[] = [];
    tries.next();
    tries.watch((error) => late.push((error as NodeJS.ErrnoException).code as string));
    await clock.advance(patience - 1);
    expect(late).toEqual([]);
    await clock.advance(1);
    expect(late).toEqual(['ETIMEDOUT']);
  });

  it('or after the time that the options say', async () => {
    const { clock, tries } = triesOf(['192.0.2.1', '192.0.2.2'], 1_000);
    let isLate = false;
    tries.next();
    tries.watch(() => {
      isLate = true;
    });
    await clock.advance(999);
    expect(isLate).toBe(false);
    await clock.advance(1);
    expect(isLate).toBe(true);
  });

  it('are not, where it is the last, or connected, or failed: no timer is left', () => {
    const { clock, tries } = triesOf(['192.0.2.1', '192.0.2.2']);
    tries.next();
    tries.watch(() => {});
    expect(clock.pendingTimers).toBe(1);
    tries.settle();
    expect(clock.pendingTimers).toBe(0);
    tries.watch(() => {});
    tries.next(new Error('refused'));
    expect(clock.pendingTimers).toBe(0);
    tries.watch(() => {});
    expect(clock.pendingTimers).toBe(0);
  });

  it('fail with the error of the only one, or with all under the code of the first', () => {
    const one = Object.assign(new Error('one'), { code: 'ECONNREFUSED' });
    const other = Object.assign(new Error('other'), { code: 'EHOSTUNREACH' });
    const { tries } = triesOf(['192.0.2.1', '192.0.2.2']);
    expect(tries.fault()).toBeUndefined();
    tries.next(one);
    expect(tries.fault()).toBe(one);
    tries.next(other);
    expect(tries.fault()).toMatchObject({ code: 'ECONNREFUSED', errors: [one, other] });
  });
});
