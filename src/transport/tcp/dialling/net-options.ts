import type { TcpNetConnectOpts } from 'node:net';
import type { DialOptions } from './options.ts';

/** What `net.connect` is given, for a server or for a proxy. */
export function netConnectOptions(
  host: string,
  port: number,
  given: Omit<DialOptions, 'proxy'>,
): TcpNetConnectOpts {
  const options: TcpNetConnectOpts = { host, port, noDelay: true };
  // One by one, since Node takes an undefined one for a value.
  if (given.family !== undefined) options.family = given.family;
  if (given.autoSelectFamily !== undefined) options.autoSelectFamily = given.autoSelectFamily;
  if (given.autoSelectFamilyAttemptTimeout !== undefined)
    options.autoSelectFamilyAttemptTimeout = given.autoSelectFamilyAttemptTimeout;
  if (given.localAddress !== undefined) options.localAddress = given.localAddress;
  if (given.lookup !== undefined) options.lookup = given.lookup;
  return options;
}
