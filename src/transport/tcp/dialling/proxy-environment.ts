import type { WebSocketTarget } from '../../../protocol/url.ts';
import { builtin } from '../builtin.ts';
import { type ProxyRoute, parseProxy } from './proxy.ts';

/** Variables by name: `process.env`, or one of a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for `target`, as curl reads it: HTTPS_PROXY for `wss:`, HTTP_PROXY for `ws:`, else
 * ALL_PROXY; names in lower case come first; an address without a scheme is that of an HTTP proxy. None for the hosts
 * of NO_PROXY.
 *
 * @throws UsageError `INVALID_OPTION` for a variable that cannot be read; the message names it and shows nothing of it
 */
export function proxyFromEnvironment(target: WebSocketTarget, env: Environment): ProxyRoute | undefined {
  const scheme = target.secure ? 'https_proxy' : 'http_proxy';
  const name = [scheme, scheme.toUpperCase(), 'all_proxy', 'ALL_PROXY'].find(
    // In a CGI program HTTP_PROXY is a request's header `Proxy` (CVE-2016-5385).
    (known) => isSet(env[known]) && !(known === 'HTTP_PROXY' && isSet(env.REQUEST_METHOD)),
  );
  if (name === undefined) return undefined;
  const exceptions = isSet(env.no_proxy) ? env.no_proxy : env.NO_PROXY;
  if (isExcepted(target, exceptions ?? '')) return undefined;
  const value = env[name] as string;
  return parseProxy(
    /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`,
    `The variable ${name}`,
  );
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/**
 * Whether NO_PROXY names the host: `*`, a name (with all names below it, a leading dot or `*.` or none), an address, a
 * network (`10.0.0.0/8`), each with a port or without; separated by commas or spaces.
 */
function isExcepted({ hostname, port }: WebSocketTarget, list: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '' || entry === '*') return entry === '*';
      const [, bracketed, plain, wantedPort] =
        /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
      if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
      return matches(host, bracketed ?? plain ?? '');
    });
}

function matches(host: string, entry: string): boolean {
  const { BlockList, isIP } = builtin('node:net');
  const version = isIP(host);
  if (version === 0) {
    const name = entry.replace(/^\*?\./, '').replace(/\.$/, '');
    return name !== '' && (host === name || host.endsWith(`.${name}`));
  }
  const [network = '', prefix] = entry.split('/');
  const bits = prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix);
  if (isIP(network) !== version || !(bits >= 0 && bits <= (version === 4 ? 32 : 128))) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(host, family);
}
