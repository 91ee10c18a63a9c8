import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { type LoginLoopOptions, type LoginTurn, loginLoop } from '../../src/auth/login-loop.ts';
import { AuthError } from '../../src/base/errors.ts';

interface Bench {
  readonly line: LoginLine;
  readonly log: unknown[];
}

/** A line whose server replies as scripted. */
function lineWith(...replies: (string | Uint8Array | Error)[]): Bench {
  const log: unknown[] = [];
  const line: LoginLine = {
    send: (data) => void log.push(data),
    async receive(timeout) {
      log.push(timeout);
      const reply = replies.shift();
      if (reply === undefined || reply instanceof Error) throw reply ?? new Error('nothing more');
      return reply;
    },
    announce: () => {},
    hide: () => {},
    now: () => 0,
    signal: new AbortController().signal,
    request: () => Promise.reject(new Error('not asked for')),
    deliver: (message) => void log.push(['delivered', message]),
    protocol: '',
    headers: undefined,
    attempt: 1,
  };
  return { line, log };
}

async function logIn(options: LoginLoopOptions, line: LoginLine): Promise<void> {
  await loginLoop(options).login?.talk(line);
}

describe('loginLoop', () => {
  it('asks again until the server accepts, telling what it said before', async () => {
    const { line, log } = lineWith('False', 'no', 'True');
    const turns: LoginTurn[] = [];
    const names = ['a', Uint8Array.of(1), 'hlq'];
    const answer = (turn: LoginTurn): string | Uint8Array | undefined => {
      turns.push(turn);
      return names.shift();
    };
    await logIn({ answer }, line);
    expect(log).toEqual(['a', 10_000, Uint8Array.of(1), 10_000, 'hlq', 10_000]);
    expect(turns).toEqual([
      { turn: 1, reply: undefined, signal: line.signal },
      { turn: 2, reply: 'False', signal: line.signal },
      { turn: 3, reply: 'no', signal: line.signal },
    ]);
  });

  it('takes the caller’s word for what acceptance is, and for the time', async () => {
    const { line, log } = lineWith(Uint8Array.of(1));
    const accepted = (reply: string | Uint8Array): boolean => reply[0] === 1;
    await logIn({ answer: async () => 'a', accepted, replyTimeout: 5 }, line);
    expect(log).toEqual(['a', 5]);
  });

  it.each([undefined, null])('gives up when there is nothing more to try: %s', async (nothing) => {
    const { line, log } = lineWith();
    const login = logIn({ answer: () => nothing }, line);
    await expect(login).rejects.toBeInstanceOf(AuthError);
    await expect(login).rejects.toThrow('The login was given up: there is no further answer to try.');
    expect(log).toEqual([]);
  });

  it('does not guess for ever, and does not quote what was tried', async () => {
    const { line, log } = lineWith('no', 'no', 'no');
    const login = logIn({ answer: () => 'hunter2', maxTurns: 2 }, line);
    await expect(login).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: 'The server refused 2 answers to its login. Check the credentials, or raise maxTurns.',
    });
    expect(log.filter((entry) => entry === 'hunter2')).toHaveLength(2);
  });

  it('passes on what the line, the caller or the judge throws', async () => {
    const fault = new Error('x');
    function fail(): never {
      throw fault;
    }
    await expect(logIn({ answer: () => 'a' }, lineWith(fault).line)).rejects.toBe(fault);
    await expect(logIn({ answer: fail }, lineWith().line)).rejects.toBe(fault);
    await expect(logIn({ answer: () => 'a', accepted: fail }, lineWith('x').line)).rejects.toBe(fault);
  });

  it.each<[string, object]>([
    ['answer', {}],
    ['options', null as never],
    ['accepted', { answer: () => 'a', accepted: 'True' }],
    ['replyTimeout', { answer: () => 'a', replyTimeout: Number.NaN }],
    ['maxTurns', { answer: () => 'a', maxTurns: 0 }],
  ])('refuses a wrong %s by name', (name, options) => {
    expect(() => loginLoop(options as unknown as LoginLoopOptions)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`${name} of loginLoop must be `),
      }),
    );
  });
});
