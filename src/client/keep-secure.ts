/** What a list of addresses, or a function that gives one, may not do to the secrets of a client in Node. */
import { HandshakeError } from '../base/errors.ts';
import { shownUrl } from '../base/shown-url.ts';
import { addressesOf } from '../connection/target.ts';
import type { TransportFactory } from '../transport/transport.ts';
import type { SlimClientOptions } from './options.ts';

// The URL parser leaves blanks before an address out: so do these.
const SECURE = /^\s*(?:wss|https):/i;
const UNIX = /^\s*wss?\+unix:/i;

/** This machine, as the URL parser writes it: nobody between can listen. A name below `localhost` is asked of DNS. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * The transport of one client, which refuses with `INSECURE` what leads from an encrypted address to one that is not,
 * except on this machine without a proxy, and a unix socket that a function has named: who answers that function may be
 * somebody else.
 */
export function keepSecure(
  transport: TransportFactory,
  { url: source, proxy }: SlimClientOptions,
): TransportFactory {
  const isAsked = typeof source === 'function';
  const isLocal = (url: string): boolean => proxy === undefined && LOOPBACK.test(new URL(url).hostname);
  let wasSecure = !isAsked && addressesOf(source).some((url) => SECURE.test(String(url)));
  return (request, sink) => {
    const { url } = request;
    const isUnix = UNIX.test(url);
    if (isUnix && isAsked) throw insecure('unix-socket', url);
    const isSecure = SECURE.test(url);
    if (wasSecure && !isSecure && !isUnix && !isLocal(url)) throw insecure('unencrypted', url);
    wasSecure ||= isSecure;
    return transport(request, sink);
  };
}

function insecure(detail: 'unix-socket' | 'unencrypted', url: string): HandshakeError {
  return new HandshakeError('INSECURE', { phase: 'url', detail, server: shownUrl(url) });
}
