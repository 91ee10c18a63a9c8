import { AuthError } from '../base/errors.ts';
import type { AttemptInfo } from '../connection/connection-options.ts';
import type { Authenticator } from './authenticator.ts';
import type { TokenOptions } from './checks.ts';

export type { TokenOptions } from './checks.ts';

/** A token at hand, and a way to a new one. */
export interface TokenSource {
  /** The token to use now. */
  get(info: AttemptInfo): Promise<string>;
  /** What goes into an {@link Authenticator}. */
  readonly renew: Authenticator['renew'];
}

/**
 * Gives access to a token.
 *
 * @param owner - the function that the options belong to, for the errors
 */
export function tokenSource({ token, refresh }: TokenOptions, owner: string): TokenSource {
  let fresh: string | undefined;
  return {
    async get(info) {
      const given = fresh ?? (typeof token === 'function' ? await token(info) : token);
      return tokenOr({ source: 'token', owner }, given);
    },
    renew:
      refresh &&
      (async (_cause, info) => {
        const given: unknown = await refresh(info);
        if (given === undefined && typeof token === 'function') fresh = undefined;
        else fresh = tokenOr({ source: 'refresh', owner }, given);
      }),
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
