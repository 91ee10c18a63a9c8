import { onAbort } from '../base/abort.ts';
import { AuthError } from '../base/errors.ts';
import type { AttemptInfo } from '../connection/connection-options.ts';
import { secrets } from '../transport/secrets.ts';
import type { Authenticator } from './authenticator.ts';
import type { TokenOptions } from './checks.ts';

export type { TokenOptions } from './checks.ts';

/** A token at hand, and a way to a new one. */
export interface TokenSource {
  /** The token to use now. */
  get(info: AttemptInfo): Promise<string>;
  /** What goes into an {@link Authenticator}. */
  readonly renew: Authenticator['renew'];
  readonly secrets: Authenticator['secrets'];
}

/**
 * Gives access to a token.
 *
 * @param owner - the function that the options belong to, for the errors
 */
export function tokenSource({ token, refresh }: TokenOptions, owner: string): TokenSource {
  let fresh: string | undefined;
  const renew =
    refresh &&
    oneAtATime(async (info) => {
      const given: unknown = await refresh(info);
      if (given === undefined && typeof token === 'function') fresh = undefined;
      else fresh = tokenOr({ source: 'refresh', owner }, given);
    });
  return {
    async get(info) {
      // Begun for another client that shares this source: the old token is about to be worth nothing.
      await renew?.underWay()?.catch(() => {});
      const given = fresh ?? (typeof token === 'function' ? await token(info) : token);
      const now = tokenOr({ source: 'token', owner }, given);
      info.hide?.(now);
      return now;
    },
    secrets,
    renew: renew && ((_cause, info) => renew.join(info)),
  };
}

/**
 * Clients that share a token source share its renewal: one that is under way is joined. A rotating refresh token that is
 * used twice ends the session. It is aborted when all who wait for it are.
 */
function oneAtATime(renew: (info: AttemptInfo) => Promise<void>): {
  join(info: AttemptInfo): Promise<void>;
  underWay(): Promise<void> | undefined;
} {
  let underWay: Promise<void> | undefined;
  let abort = new AbortController();
  let waiting = 0;
  return {
    underWay: () => underWay,
    join({ attempt, signal }) {
      if (underWay === undefined) {
        abort = new AbortController();
        waiting = 0;
        const over = (): void => {
          underWay = undefined;
        };
        underWay = renew({ attempt, signal: abort.signal });
        underWay.then(over, over);
      }
      const joined = underWay;
      waiting++;
      const release = onAbort(signal, () => {
        waiting--;
        if (waiting === 0) abort.abort();
      });
      joined.then(release, release);
      return joined;
    },
  };
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** What was given instead is not told: it may be a secret too. */
function tokenOr(facts: { source: string; owner: string }, given: unknown): string {
  if (isToken(given)) return given;
  throw new AuthError(undefined, { detail: 'no-token', ...facts });
}
