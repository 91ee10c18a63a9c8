import type { OptionTable } from '../../base/need.ts';
import type { TcpOptions } from './options.ts';

/**
 * The names of the options of the TCP transport, as a table for whoever hands them on to it: builds for browsers know no more
 * of them, and refuse them. Their rules are in option-rules.ts.
 */
export const TCP_OPTIONS: OptionTable<TcpOptions> = /* @__PURE__ */ Object.freeze({
  headers: 'any',
  origin: 'any',
  redirects: 'any',
  compression: 'any',
  receiveBuffer: 'any',
  cookies: 'any',
  maxFrameBytes: 'any',
  tls: 'any',
  proxy: 'any',
  createConnection: 'any',
  lookup: 'any',
  family: 'any',
  autoSelectFamily: 'any',
  autoSelectFamilyAttemptTimeout: 'any',
  localAddress: 'any',
  connectsPerHost: 'any',
} as const);
