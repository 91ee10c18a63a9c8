/** The options that may be functions: told apart, and asked for one attempt. */
import { HandshakeError, isHoldlineError } from '../../base/errors.ts';
import { own } from '../../base/need.ts';
import type { Asked, TcpOptions, TcpSettings } from './options.ts';

/** The options without those that are functions. */
export function givenOptions(options: TcpOptions): TcpSettings {
  const { headers, tls, proxy } = options;
  return own({ ...options, headers: given(headers), tls: given(tls), proxy: given(proxy) });
}

/** Whether there is anything to ask before an attempt. */
export function hasFunctions({ headers, tls, proxy }: TcpOptions): boolean {
  return [headers, tls, proxy].some((value) => typeof value === 'function');
}

/**
 * The options of one attempt. All functions are asked at once, before this returns, and may take their time.
 *
 * @throws HandshakeError `CONNECT` with what the function threw, or rejected with, as its cause
 */
export async function askOptions(options: TcpOptions): Promise<TcpSettings> {
  const [headers, tls, proxy] = await Promise.all([
    ask('headers', options.headers),
    ask('tls', options.tls),
    ask('proxy', options.proxy),
  ]);
  return own({ ...options, headers, tls, proxy });
}

async function ask<T>(option: string, asked: Asked<T>): Promise<T> {
  try {
    return await (typeof asked === 'function' ? (asked as () => T | PromiseLike<T>)() : asked);
  } catch (error) {
    throw notAsked(error, option);
  }
}

/** Why an attempt cannot begin: what a function said, or what is wrong with what it gave. */
export function notAsked(cause: unknown, option?: string): HandshakeError {
  const isOurs = isHoldlineError(cause) && cause.name === 'HandshakeError' && option === undefined;
  if (isOurs) return cause as HandshakeError;
  return new HandshakeError('CONNECT', { phase: 'url', detail: 'option', option, cause });
}

function given<T>(asked: Asked<T>): T | undefined {
  return typeof asked === 'function' ? undefined : asked;
}
