/** The rules of the options of the TCP transport. Builds for browsers know their names alone: option-names.ts. */
import type { OptionTable, Rule } from '../../base/need.ts';
import type { CompressionOptions } from './deflate/options.ts';
import type { TcpOptions } from './options.ts';

/** The rules of the option `compression`; the ranges of zlib's numbers are checked where they are read. */
export const COMPRESSION_RULES: OptionTable<CompressionOptions> = /* @__PURE__ */ Object.freeze({
  threshold: 'number',
  level: 'any',
  memLevel: 'any',
  serverMaxWindowBits: 'any',
  clientMaxWindowBits: 'any',
  serverNoContextTakeover: 'boolean',
  clientNoContextTakeover: 'boolean',
});

const OBJECT_OR_FUNCTION: Rule = /* @__PURE__ */ Object.freeze({
  expected: 'an object, or a function that gives one',
  isRight: (value: unknown) => typeof value === 'function' || (typeof value === 'object' && value !== null),
});

/** The rules of `tcpTransport`. What they cannot say is checked in check-dial-options.ts. */
export const TCP_RULES: OptionTable<TcpOptions> = /* @__PURE__ */ Object.freeze({
  headers: OBJECT_OR_FUNCTION,
  origin: 'string',
  redirects: 'whole',
  compression: { options: COMPRESSION_RULES, orBoolean: true },
  receiveBuffer: 'function',
  cookies: { methods: ['getCookieString', 'setCookie'] },
  maxFrameBytes: 'count',
  tls: OBJECT_OR_FUNCTION,
  proxy: 'any',
  createConnection: 'function',
  lookup: 'function',
  family: [4, 6],
  autoSelectFamily: 'boolean',
  autoSelectFamilyAttemptTimeout: 'whole',
  localAddress: 'string',
  connectsPerHost: 'count',
});
