import { describe, expect, it } from 'vitest';
import { checkEventName } from '../../src/client/checks.ts';
import { createClient } from '../../src/index.ts';

describe('the name of an event', () => {
  it.each(['state', 'message', 'closed'])('may be %s', (name) => {
    expect(() => checkEventName(name, () => {})).not.toThrow();
  });

  it.each(['open', 'Message', '', 'toString', '__proto__'])('may not be %j', (name) => {
    expect(() => checkEventName(name, () => {})).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/^The option name must be one of state, ready, .*onEvent\(\)\.$/),
      }),
    );
  });

  it('is checked by on() and once()', () => {
    const client = createClient({ url: 'ws://x/' });
    expect(() => client.on('open' as 'ready', () => {})).toThrow('The option name must be');
    expect(() => client.once('open' as 'ready', () => {})).toThrow('The option name must be');
    client.on('ready', () => {})();
  });
});
