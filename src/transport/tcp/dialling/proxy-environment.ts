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
 * @param ignored - told of each entry of NO_PROXY that cannot be read
 * @throws UsageError `INVALID_OPTION` for a variable that cannot be read; the message names it and shows nothing of it
 */
export function proxyFromEnvironment(
  target: WebSocketTarget,
  env: Environment,
  ignored: (entry: string) => void = () => {},
): ProxyRoute | undefined {
  const scheme = target.secure ? 'https_proxy' : 'http_proxy';
  const name = [scheme, scheme.toUpperCase(), 'all_proxy', 'ALL_PROXY'].find(
    // In a CGI program HTTP_PROXY is a request's header `Proxy` (CVE-2016-5385).
    (known) => isSet(env[known]) && !(known === 'HTTP_PROXY' && isSet(env.REQUEST_METHOD)),
  );
  if (name === undefined) return undefined;
  const exceptions = isSet(env.no_proxy) ? env.no_proxy : env.NO_PROXY;
  if (isExcepted(target, exceptions ?? '', ignored)) return undefined;
  const value = env[name] as string;
  return parseProxy(
    /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`,
    `The variable ${name}`,
  );
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/** A host, or a network, as NO_PROXY names it: `[::1]:8080`, `10.0.0.0/8`, `.example.com`. */
const EXCEPTION =
  /^(?:\[([\da-f:.]+)\](?:\/(\d{1,3}))?|([^:/[\]]+|[\da-f:.]*:[\da-f:.]*:[\da-f:.]*)(?:\/(\d{1,3}))?)(?::(\d{1,5}))?$/;

/**
 * Whether NO_PROXY names the host: `*`, a name (with all names below it, a leading dot or `*.` or none), an address, a
 * network (`10.0.0.0/8`), each with a port or without; separated by commas or spaces. An entry that is none of these is
 * passed over: half a network must not become all of them.
 */
function isExcepted(
  { hostname, port }: WebSocketTarget,
  list: string,
  ignored: (entry: string) => void,
): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '' || entry === '*') return entry === '*';
      const parts = EXCEPTION.exec(entry);
      const [, bracketed, bracketedBits, plain, plainBits, wantedPort] = parts ?? [];
      const exception = exceptionOf(bracketed ?? plain ?? '', bracketedBits ?? plainBits);
      if (exception === undefined) ignored(entry);
      return exception?.(host) === true && (wantedPort === undefined || Number(wantedPort) === port);
    });
}

/** Whether a host is meant by an entry: asked of a name, an address or a network; undefined for what is none of these. */
function exceptionOf(entry: string, prefix: string | undefined): ((host: string) => boolean) | undefined {
  const { BlockList, isIP } = builtin('node:net');
  const version = isIP(entry);
  if (version === 0) return prefix === undefined ? nameException(entry) : undefined;
  const longest = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (bits > longest) return undefined;
  return (host) => {
    if (isIP(host) !== version) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    const block = new BlockList();
    block.addSubnet(entry, bits, family);
    return block.check(host, family);
  };
}

/** A name beyond ASCII is compared in the form that URLs have it in. */
function nameException(entry: string): ((host: string) => boolean) | undefined {
  const bare = entry.replace(/^\*?\./, '').replace(/\.$/, '');
  const url = `ws://${bare}`;
  if (bare === '' || /[*%@?#\\]/.test(bare) || !URL.canParse(url)) return undefined;
  const { hostname: name } = new URL(url);
  // A number alone is an address to a URL: "10" would be 0.0.0.10.
  if (builtin('node:net').isIP(name) !== 0) return undefined;
  return (host) => host === name || host.endsWith(`.${name}`);
}
