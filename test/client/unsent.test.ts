import { describe, expect, it } from 'vitest';
import { UnsentCount } from '../../src/client/unsent.ts';

describe('what has not left', () => {
  it('is counted from the end: a message of which a part is missing is one', () => {
    const unsent = new UnsentCount();
    unsent.add(0, 10);
    unsent.add(10, 30);
    unsent.add(30, 60);
    expect(unsent.at(60)).toEqual({ messages: 3, bytes: 60 });
    expect(unsent.at(31)).toEqual({ messages: 2, bytes: 31 });
    expect(unsent.at(30)).toEqual({ messages: 1, bytes: 30 });
    expect(unsent.at(0)).toEqual({ messages: 0, bytes: 0 });
  });

  it('begins anew when everything has left', () => {
    const unsent = new UnsentCount();
    unsent.add(0, 10);
    unsent.add(0, 5);
    expect(unsent.at(5)).toEqual({ messages: 1, bytes: 5 });
  });

  it('stays right and small while a sender is never quite through', () => {
    const unsent = new UnsentCount();
    unsent.add(0, 3);
    for (let index = 0; index < 10_000; index++) unsent.add(2, 3);
    expect(unsent.at(3)).toEqual({ messages: 3, bytes: 3 });
  });
});
