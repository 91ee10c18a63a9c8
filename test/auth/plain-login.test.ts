import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { setUp } from '../client/set-up.ts';

describe('a plain function as auth.login', () => {
  it('logs in with createClient', async () => {
    const auth = {
      word: 'hello',
      async login(line: LoginLine) {
        line.send(this.word);
      },
    };
    const { client, server, open } = setUp({ auth });
    await open();
    expect(server.last.received).toEqual(['hello']);
    expect(client.state.status).toBe('ready');
  });

  it('is refused by createSlimClient, which says what to write', () => {
    expect(() => setUp({ auth: { login: async () => {} } }, {}, true)).toThrow(
      'The option auth.login must be made by login(): auth: login(async (line) => …).',
    );
    expect(() => setUp({ auth: (async () => {}) as never })).toThrow('auth: login(async (line) => …)');
  });
});
