import { HandshakeError } from '../../../base/errors.ts';
import { refusedError } from '../../../protocol/handshake-response.ts';
import { HeadParser, type ResponseHead } from '../../../protocol/http-head.ts';
import type { Limits } from '../../../protocol/limits.ts';
import { RefusalBody } from '../../../protocol/refusal-body.ts';
import type { ProxyRoute } from './proxy.ts';
import { proxyError, spokeEarly } from './proxy-error.ts';
import type { Tunnel } from './tunnel.ts';

/** The way through an HTTP proxy (RFC 9110, 9.3.6). `authority` is host and port of the server, IPv6 in brackets. */
export class HttpTunnel implements Tunnel {
  isOpen = false;
  readonly #proxy: ProxyRoute;
  readonly #authority: string;
  readonly #limits: Limits;
  readonly #head: HeadParser;
  #refused: { head: ResponseHead; body: RefusalBody } | undefined;

  constructor(proxy: ProxyRoute, authority: string, limits: Limits) {
    this.#proxy = proxy;
    this.#authority = authority;
    this.#limits = limits;
    this.#head = new HeadParser(limits);
  }

  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  begin(): Uint8Array {
    const { username, password, headers } = this.#proxy;
    const lines = [`CONNECT ${this.#authority} HTTP/1.1`, `Host: ${this.#authority}`];
    const isAuthorized = headers.some(([name]) => name.toLowerCase() === 'proxy-authorization');
    if (!isAuthorized && (username !== '' || password !== '')) {
      const credentials = Buffer.from(`${username}:${password}`).toString('base64');
      lines.push(`Proxy-Authorization: Basic ${credentials}`);
    }
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  receive(chunk: Uint8Array, length: number): undefined {
    let at = 0;
    if (this.#refused === undefined) {
      at = this.#readHead(chunk, length);
      const { head } = this.#head;
      if (head === undefined) return;
      // "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a successful response
      // to CONNECT": what follows the head is the tunnel's.
      if (head.status >= 200 && head.status < 300) {
        if (at < length) throw spokeEarly(this.#proxy);
        this.isOpen = true;
        return;
      }
      this.#refused = { head, body: new RefusalBody(head, this.#limits.maxRefusalBytes) };
    }
    this.#refused.body.push(chunk, at, length);
    if (this.#refused.body.complete) throw this.refusal() as HandshakeError;
  }

  refusal(): HandshakeError | undefined {
    if (this.#refused === undefined) return undefined;
    const { head, body } = this.#refused;
    const text = body.text();
    const { status, statusText, headers, retryAfter } = refusedError(head, text, []);
    const evidence = { status, statusText, headers, retryAfter, body: text };
    return proxyError(this.#proxy, 'http-status', evidence);
  }

  #readHead(chunk: Uint8Array, length: number): number {
    try {
      return this.#head.push(chunk, 0, length);
    } catch (error) {
      // Its words are about a WebSocket server.
      const tooLarge = error instanceof HandshakeError && error.code === 'HANDSHAKE_HEADERS_TOO_LARGE';
      const limit = tooLarge ? error.limit : undefined;
      throw proxyError(this.#proxy, tooLarge ? 'http-head-too-large' : 'not-http', { limit, cause: error });
    }
  }
}
