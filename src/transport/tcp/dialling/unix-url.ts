import { UsageError } from '../../../base/errors.ts';
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
  if (hasControlCharacter(url))
    throw invalid('It holds a control character, such as a line break. Remove it.');
  const { host, pathname, search, href } = parse(url);
  if (host !== '' || !pathname.startsWith('/'))
    throw invalid('The path of the socket must be absolute: ws+unix:/path/of/the.sock:/resource.');
  const [path = '', ...rest] = pathname.split(':');
  const resource = rest.join(':') || '/';
  if (!resource.startsWith('/') || href.includes('#'))
    throw invalid(
      'Behind the socket’s path comes ":" and a path, without a fragment: ws+unix:/path/of/the.sock:/resource.',
    );
  const socketPath = decode(path);
  if (hasControlCharacter(socketPath))
    throw invalid('The path of the socket holds a control character. Remove it.');
  const target = parseTarget(`${scheme}://localhost${resource}${search}`);
  return { ...target, socketPath, href, display: `${scheme}+unix:${path}:${resource}` };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw invalid('It cannot be read.');
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid('The path of the socket is not valid percent-encoding. Write a percent sign as %25.');
  }
}

function invalid(what: string): UsageError {
  return new UsageError('INVALID_URL', `The URL of the unix socket is not valid. ${what}`);
}
