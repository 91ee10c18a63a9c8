import type { TcpNetConnectOpts } from 'node:net';
import type { DialOptions } from './options.ts';

/** What `net.connect` is given, for a server or for a proxy. */
export function netConnectOptions(
  host: string,
  port: number,
  options: Omit<DialOptions, 'proxy'>,
): TcpNetConnectOpts {
  const { family, autoSelectFamily, autoSelectFamilyAttemptTimeout, localAddress, lookup } = options;
  const given = { family, autoSelectFamily, autoSelectFamilyAttemptTimeout, localAddress, lookup };
  // Node takes an undefined one for a value.
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { host, port, noDelay: true, ...Object.fromEntries(set) };
}
