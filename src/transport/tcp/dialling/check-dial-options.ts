import { need } from '../../../base/checks.ts';
import type { WebSocketTarget } from '../../../protocol/url.ts';
import { builtin } from '../builtin.ts';
import type { DialOptions, TlsOptions } from './options.ts';
import { type ProxyRoute, parseProxy } from './proxy.ts';
import { type Environment, proxyFromEnvironment } from './proxy-environment.ts';

/** The value of the option `proxy` that asks the environment. */
const ENVIRONMENT = 'environment';

/**
 * Checks how to reach a server.
 *
 * @throws UsageError `INVALID_OPTION` naming the option, `INVALID_HEADER` for a header of the proxy
 */
export function checkDialOptions(options: DialOptions): void {
  const { proxy, createConnection, localAddress } = options;
  const { autoSelectFamilyAttemptTimeout: timeout } = options;
  checkTls('tls', options.tls);
  need(
    timeout === undefined || timeout > 0,
    'autoSelectFamilyAttemptTimeout',
    'a whole number of milliseconds, 1 or more',
  );
  need(localAddress === undefined || isIP(localAddress) !== 0, 'localAddress', 'an IP address');
  if (proxy === undefined) return;
  need(
    createConnection === undefined,
    'createConnection',
    'left out where there is a proxy, or the proxy must be',
  );
  if (proxy !== ENVIRONMENT) checkTls('proxy.tls', parseProxy(proxy).tls);
}

/** The proxy for `target`, if the options name one. Unix sockets have none. `ignored` hears of what NO_PROXY has wrong. */
export function proxyFor(
  target: WebSocketTarget,
  { proxy }: DialOptions,
  { ignored, env = process.env }: { ignored?: (entry: string) => void; env?: Environment } = {},
): ProxyRoute | undefined {
  if (proxy === undefined || target.socketPath !== undefined) return undefined;
  return proxy === ENVIRONMENT ? proxyFromEnvironment(target, env, ignored) : parseProxy(proxy);
}

function isIP(text: string): number {
  return builtin('node:net').isIP(text);
}

function checkTls(name: string, tls: TlsOptions | undefined): void {
  need(tls !== null && (tls === undefined || typeof tls === 'object'), name, 'an object');
  const { servername } = tls ?? {};
  // RFC 6066, 3: "Literal IPv4 and IPv6 addresses are not permitted in "HostName"."
  const isName = servername === undefined || (typeof servername === 'string' && isIP(servername) === 0);
  need(isName, `${name}.servername`, 'a host name: TLS has no field for the name of an IP address');
}
