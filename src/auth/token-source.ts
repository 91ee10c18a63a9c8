import { onAbort } from '../base/abort.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { AuthError, isKind } from '../base/errors.ts';
import type { AttemptInfo, HandshakeCredentials } from '../connection/connection-options.ts';
import { secrets } from '../transport/secrets.ts';
import type { Authenticator } from './authenticator.ts';
import type { TokenOptions } from './checks.ts';

export type { TokenOptions } from './checks.ts';

/** A token at hand, and a way to a new one. */
export interface TokenSource {
  /** Asks for the token of an attempt that has just begun, and waits for nothing; {@link get} of the same attempt has it. */
  early(info: AttemptInfo): HandshakeCredentials;
  /** The token to use now. */
  get(info: AttemptInfo): Promise<string>;
  /** What goes into an {@link Authenticator}. */
  readonly renew: Authenticator['renew'];
  readonly tokens: NonNullable<Authenticator['tokens']>;
  readonly secrets: Authenticator['secrets'];
}

/**
 * Gives access to a token.
 *
 * @param owner - the function that the options belong to, for the errors
 * @param source - what the option is called there
 */
export function tokenSource(
  { token, refresh }: TokenOptions,
  owner: string,
  source: 'token' | 'secret' = 'token',
): TokenSource {
  /** Those that were asked for early, by the signal of the attempt. */
  const underWay = new WeakMap<AbortSignal, Promise<string>>();
  let fresh: string | undefined;
  let last: string | undefined;
  let begun = 0;
  let newest = 0;
  const renew =
    refresh &&
    oneAtATime(async (info) => {
      const turn = ++begun;
      const given: unknown = await refresh(info);
      const isAskedFor = given === undefined && typeof token === 'function';
      const got = isAskedFor ? undefined : tokenOr({ source: 'refresh', owner }, given);
      // One that was given up, and comes after all, does not take the place of what is newer.
      if (turn < newest) return;
      newest = turn;
      fresh = got;
    });
  const ask = async (info: AttemptInfo): Promise<string> => {
    // Begun for another client that shares this source: the old token is about to be worth nothing.
    await renew?.underWay()?.catch(() => {});
    const given = fresh ?? (typeof token === 'function' ? await token(info) : token);
    const now = tokenOr({ source, owner }, given);
    info.hide?.(now);
    last = now;
    return now;
  };
  return {
    early(info) {
      const asked = ask(info);
      asked.catch(() => {}); // told when the login needs it
      underWay.set(info.signal, asked);
      return {};
    },
    get: (info) => underWay.get(info.signal) ?? ask(info),
    tokens: {
      get last() {
        return last;
      },
      renew: async (info) => {
        await renew?.join(info);
        return ask(info);
      },
    },
    secrets,
    renew: renew && ((_cause, info) => renew.join(info)),
  };
}

/**
 * Clients that share a token source share its renewal: one that is under way is joined. A rotating refresh token that is
 * used twice ends the session. It is given up, and aborted, when all who asked for it are gone, or one of them has waited
 * as long as a renewal may take: one that never settles must not hold up the others.
 */
function oneAtATime(renew: (info: AttemptInfo) => Promise<void>): {
  join(info: AttemptInfo): Promise<void>;
  underWay(): Promise<void> | undefined;
} {
  let underWay: Deferred<void> | undefined;
  let abort = new AbortController();
  let waiting = 0;
  const begin = (attempt: number): Deferred<void> => {
    const begun = deferred<void>();
    abort = new AbortController();
    waiting = 0;
    underWay = begun;
    const over = (): void => {
      if (underWay === begun) underWay = undefined;
    };
    renew({ attempt, signal: abort.signal }).then(begun.resolve, begun.reject);
    begun.promise.then(over, over);
    return begun;
  };
  return {
    underWay: () => underWay?.promise,
    join({ attempt, signal }) {
      const joined = underWay ?? begin(attempt);
      const giveUp = abort;
      waiting++;
      const release = onAbort(signal, (reason) => {
        if (joined !== underWay || (--waiting > 0 && !isKind(reason, 'HandshakeError'))) return;
        underWay = undefined;
        joined.reject(reason);
        giveUp.abort(reason);
      });
      joined.promise.then(release, release);
      return joined.promise;
    },
  };
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/**
 * A token that a function gave. What was given instead is not told: it may be a secret too.
 *
 * @throws AuthError `no-token`
 */
export function tokenOr(facts: { source: string; owner: string }, given: unknown): string {
  if (isToken(given)) return given;
  throw new AuthError(undefined, { detail: 'no-token', ...facts });
}
