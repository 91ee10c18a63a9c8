import { UsageError } from '../base/errors.ts';
import type { AttemptInfo, ConnectionOptions, HandshakeCredentials } from './connection-options.ts';
import type { Renew, Renewal } from './renewal.ts';

/** Where one attempt goes, and what its handshake carries. */
export interface Target {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether credentials are among the subprotocols. */
  readonly hasCredentials?: boolean | undefined;
}

/** Which of several addresses it is for. */
export interface AddressInfo extends AttemptInfo {
  /** Index in the list that was given as `url`. Default 0. */
  readonly address?: number | undefined;
}

/** The addresses that there are. A function that is asked every time counts as one. */
export function addressesOf<T>(url: T | readonly T[]): readonly T[] {
  return Array.isArray(url) ? url : [url as T];
}

/** A target, now or later. */
export type PendingTarget = Target | PromiseLike<Target>;

/**
 * Asks for everything that a handshake needs: new credentials first, if the last were refused or new ones are on their
 * way, then the URL, then the credentials. Without functions to ask it answers at once.
 *
 * @throws whatever the functions throw, or reject with; what failed is told to `failing` before it is asked. UsageError
 * `INVALID_URL` for a list in place of an address
 */
export function findTarget(
  options: ConnectionOptions,
  info: AddressInfo,
  renewal: Renewal,
  failing: (what: 'URL_SOURCE' | 'CREDENTIALS') => void,
): PendingTarget {
  const { url, prepare, renew } = options;
  const ask = (): string | URL | PromiseLike<string | URL> => {
    failing('URL_SOURCE');
    if (typeof url === 'function') return url(info.attempt);
    return addressesOf(url)[info.address ?? 0] as string | URL;
  };
  if (prepare === undefined && !renewal.isDue) {
    const answer = ask();
    return isPromise(answer) ? answer.then((at) => merge(options, at)) : merge(options, answer);
  }
  return (async () => {
    failing('CREDENTIALS');
    if (renewal.isDue) await renewal.pass(renew as Renew, info.attempt, options);
    const at = await ask();
    failing('CREDENTIALS');
    return merge(options, at, await prepare?.(info));
  })();
}

function merge(
  { protocols, resolveUrl }: ConnectionOptions,
  at: string | URL,
  given: HandshakeCredentials = {},
): Target {
  // String() would make one address of a list, and somebody's server would be asked for it.
  if (Array.isArray(at)) {
    throw new UsageError('INVALID_URL', { detail: 'list' });
  }
  let url = String(at);
  for (const [name, value] of Object.entries(given.query ?? {})) {
    url += `${url.includes('?') ? '&' : '?'}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return {
    url: resolveUrl?.(url) ?? url,
    protocols: given.protocols === undefined ? protocols : [...protocols, ...given.protocols],
    headers: Object.entries(given.headers ?? {}),
    hasCredentials: given.protocols && true,
  };
}

/** Whether an answer is still on its way. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}
