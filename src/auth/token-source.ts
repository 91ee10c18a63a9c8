import { checkOptions } from '../base/checks.ts';
import { AuthError } from '../base/errors.ts';
import type { OptionTable } from '../base/need.ts';
import type { AttemptInfo } from '../connection/connection-options.ts';
import type { Authenticator } from './authenticator.ts';

/** Where a token comes from. No part of holdline ever shows it. */
export interface TokenOptions {
  /**
   * The token, or a function that gives it: asked before every attempt, so that a token that expires is never stale. What
   * the function throws is an attempt that failed. If it gives none, that counts as a refusal.
   */
  readonly token: string | ((info: AttemptInfo) => string | PromiseLike<string>);
  /**
   * Gets a new token when the server has refused the last one. Return it, and it takes the place of `token`; return
   * nothing if `token` is a function that gives the new one from now on. Without it a refusal is final.
   */
  readonly refresh?:
    | ((info: AttemptInfo) => string | undefined | PromiseLike<string | undefined>)
    | ((info: AttemptInfo) => PromiseLike<void>)
    | undefined;
}

/** The rules of {@link TokenOptions}. */
export const TOKEN_RULES: OptionTable<TokenOptions> = /* @__PURE__ */ Object.freeze({
  token: {
    expected: 'a string that is not empty, or a function that gives one',
    isRight: (token) => typeof token === 'function' || isToken(token),
    isNeeded: true,
  },
  refresh: 'function',
});

/** A token at hand, and a way to a new one. */
export interface TokenSource {
  /** The token to use now. */
  get(info: AttemptInfo): Promise<string>;
  /** What goes into an {@link Authenticator}. */
  readonly renew: Authenticator['renew'];
}

/**
 * Checks where a token comes from, and gives access to it.
 *
 * @param owner - the function that the options belong to, for the errors
 * @throws UsageError `INVALID_OPTION`
 */
export function tokenSource<Options extends TokenOptions>(
  options: Options,
  owner: string,
  table: OptionTable<Options>,
): TokenSource {
  checkOptions(table, options, owner);
  const { token, refresh } = options;
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
