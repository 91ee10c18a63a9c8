import * as main from 'holdline';
import * as envelopes from 'holdline/envelopes';
import * as node from 'holdline/node';
import * as otel from 'holdline/otel';
import * as polling from 'holdline/polling';
import * as testing from 'holdline/testing';
import { expect, test } from 'vitest';

type Wrong = (...args: unknown[]) => unknown;

/** What callers give by mistake: too little, another thing, an option that there is not, in any place. */
const ADDRESS = 'ws://127.0.0.1:1';
const MISTAKES = [undefined, null, 5, 'text', ['a'], { unknown: 1 }].flatMap((wrong) => [
  [wrong],
  [ADDRESS, wrong],
  [ADDRESS, [], wrong],
  [{ url: ADDRESS }, wrong],
]);

/** Errors and decisions on a lost connection are made of what our own code gives; CloseEvent is the platform's to judge. */
const PLAIN = /^[A-Z]\w*Error$|^CloseEvent$|^defaultRetryPolicy$/;

const entries = { holdline: main, node, envelopes, polling, otel, testing };
const functions = Object.entries(entries).flatMap(([entry, members]) =>
  Object.entries<unknown>(members)
    .filter(([name, value]) => typeof value === 'function' && !PLAIN.test(name))
    .map(([name, value]) => ({ name: `${entry}: ${name}`, called: value as Wrong })),
);

const firstFrame = (error: Error): string | undefined => /^\s+at .*$/m.exec(error.stack ?? '')?.[0];

/** The errors of all these calls; what becomes of what they resolve to is not asked. */
function errorsOf(called: Wrong): Error[] {
  const isClass = /^class /.test(String(called));
  return MISTAKES.flatMap((args) => {
    try {
      const made = isClass ? Reflect.construct(called, args) : called(...args);
      void Promise.resolve(made).catch(() => {});
      return [];
    } catch (error) {
      return [error as Error];
    }
  });
}

test.each(functions)('$name says what is wrong, at the line of its caller', ({ called }) => {
  for (const error of errorsOf(called)) {
    expect(error).toHaveProperty('code');
    // The platform makes these, with what it has to say of them (WHATWG WebSockets, "The WebSocket interface").
    if (!(error instanceof DOMException)) expect(firstFrame(error)).toContain('checks.callers.test.ts');
  }
});
