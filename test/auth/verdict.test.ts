import { expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { verdict } from '../../src/auth/verdict.ts';

function lineOf(...replies: string[]): { line: LoginLine; log: unknown[] } {
  const log: unknown[] = [];
  let now = 0;
  const line = {
    send: (data: unknown) => void log.push(['sent', data]),
    deliver: (message: unknown) => void log.push(['delivered', message]),
    now: () => now,
    receive: async (timeout: number) => {
      log.push(timeout);
      const reply = replies.shift();
      if (reply === undefined) throw new Error('the line is gone');
      now += 10;
      return reply;
    },
  } as unknown as LoginLine;
  return { line, log };
}

it('reads on until a yes, answers what asks for more, and delivers the rest', async () => {
  const { line, log } = lineOf('hello', 'more?', 'yes');
  await verdict(line, {
    replyTimeout: 100,
    accepted: (reply) => (reply === 'yes' ? true : undefined),
    answer: async (reply) => (reply === 'more?' ? 'that' : undefined),
  });
  expect(log).toEqual([100, ['delivered', 'hello'], 90, ['sent', 'that'], 80]);
});

it('is content with an answer of ours where that suffices', async () => {
  const { line, log } = lineOf('more?', 'not read');
  const answer = async (): Promise<string> => 'that';
  await verdict(line, { replyTimeout: 100, accepted: () => undefined, answer, answerSuffices: true });
  expect(log).toEqual([100, ['sent', 'that']]);
});

it('is a refusal after a no, by the name that it is given', async () => {
  for (const [refused, message] of [
    ['token', 'The server refused the token.'],
    [undefined, 'The server refused the credentials.'],
  ] as const) {
    const { line } = lineOf('no');
    await expect(verdict(line, { replyTimeout: 100, accepted: () => false, refused })).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: expect.stringContaining(message),
    });
  }
});
