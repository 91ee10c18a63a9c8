import { type Detail, UsageError } from '../../../base/errors.ts';
import { hasControlCharacter, parseTarget, type WebSocketTarget } from '../../../protocol/url.ts';

const UNIX_SCHEME = /^\s*(wss?)\+unix:/i;

/**
 * As `parseTarget`, and also takes the addresses of unix sockets: `ws+unix:/path/of/the.sock:/resource?query` (or
 * `wss+unix:`). The path is absolute; a colon in it is written as %3A. The resource may be left out. The server is
 * told the host `localhost`, for which its certificate must be.
 *
 * @throws UsageError `INVALID_URL`
 */
export function parseDialTarget(address: string | URL): WebSocketTarget {
  const url = String(address);
  const scheme = UNIX_SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return parseTarget(url);
  if (hasControlCharacter(url)) throw invalid('unix-control-character');
  const { host, pathname, search, href } = parse(url);
  if (host !== '' || !pathname.startsWith('/')) throw invalid('unix-relative');
  const [path = '', ...rest] = pathname.split(':');
  const resource = rest.join(':') || '/';
  if (!resource.startsWith('/') || href.includes('#')) throw invalid('unix-resource');
  const socketPath = decode(path);
  if (hasControlCharacter(socketPath)) throw invalid('unix-path-control-character');
  const target = parseTarget(`${scheme}://localhost${resource}${search}`);
  return { ...target, socketPath, href, display: `${scheme}+unix:${path}:${resource}` };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw invalid('unix-unreadable');
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid('unix-encoding');
  }
}

function invalid(detail: Detail<'INVALID_URL'>): UsageError {
  return new UsageError('INVALID_URL', { detail });
}
