import { type Detail, UsageError } from '../../../base/errors.ts';
import { own } from '../../../base/need.ts';
import { checkHeaderFields } from '../../../protocol/header-field.ts';
import { hasControlCharacter } from '../../../protocol/url.ts';
import { headerPairs } from '../request-headers.ts';
import type { ProxyOptions, TlsOptions } from './options.ts';

/** A proxy, checked. */
export interface ProxyRoute {
  /** How it is spoken to. */
  readonly kind: 'http' | 'socks';
  /** Whether TLS is spoken with the proxy itself. */
  readonly secure: boolean;
  /** SOCKS: whether the proxy looks names up. Over CONNECT it always does. */
  readonly remoteNames: boolean;
  /** The host to dial: a name or an IP address, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Percent-decoded, or empty. */
  readonly username: string;
  readonly password: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly tls: TlsOptions | undefined;
  /** Scheme, host and port: the only form that may stand in an error. */
  readonly display: string;
}

interface Scheme {
  readonly kind: 'http' | 'socks';
  readonly secure: boolean;
  readonly remoteNames: boolean;
  readonly port: number;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['http:', { kind: 'http', secure: false, remoteNames: true, port: 80 }],
  ['https:', { kind: 'http', secure: true, remoteNames: true, port: 443 }],
  ['socks5:', { kind: 'socks', secure: false, remoteNames: false, port: 1080 }],
  ['socks5h:', { kind: 'socks', secure: false, remoteNames: true, port: 1080 }],
]);

/** RFC 1929, 2: user name and password have one byte for their length. */
const MAX_SOCKS_CREDENTIAL_BYTES = 255;

/**
 * Takes the description of a proxy apart. `source` names it in errors, which show nothing of the URL.
 *
 * @throws UsageError `INVALID_OPTION` or `INVALID_HEADER`
 */
export function parseProxy(proxy: string | URL | ProxyOptions, source = 'The option proxy'): ProxyRoute {
  const options: ProxyOptions = own(
    typeof proxy === 'string' || proxy instanceof URL ? { url: proxy } : proxy,
  );
  const text = String(options?.url ?? '');
  // The URL standard drops line breaks without a word.
  if (hasControlCharacter(text)) throw invalid(source, 'proxy-control-character');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = SCHEMES.get(url?.protocol ?? '');
  if (url === undefined || scheme === undefined || url.hostname === '') throw invalid(source, 'proxy-url');
  const { kind, secure, remoteNames } = scheme;
  const username = credential(source, url.username);
  const password = credential(source, url.password);
  if (kind === 'http' && username.includes(':')) throw invalid(source, 'proxy-colon');
  const longest = Math.max(Buffer.byteLength(username), Buffer.byteLength(password));
  if (kind === 'socks' && longest > MAX_SOCKS_CREDENTIAL_BYTES)
    throw invalid(source, 'proxy-long-credentials');
  const headers = headerPairs(options.headers);
  checkHeaderFields(headers);
  const port = url.port === '' ? scheme.port : Number(url.port);
  const display = `${url.protocol}//${url.hostname}:${port}`;
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return {
    kind,
    secure,
    remoteNames,
    hostname,
    port,
    username,
    password,
    headers,
    tls: options.tls,
    display,
  };
}

/** Decodes a user name or password; one that is not valid percent-encoding is taken as it stands. */
function credential(source: string, text: string): string {
  let decoded = text;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    // as it stands
  }
  if (hasControlCharacter(decoded)) throw invalid(source, 'proxy-credentials');
  return decoded;
}

function invalid(source: string, detail: Detail<'INVALID_OPTION'>): UsageError {
  return new UsageError('INVALID_OPTION', { detail, option: source });
}
