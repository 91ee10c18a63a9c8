import type { Detail, HandshakeError } from '../../../base/errors.ts';
import { builtin } from '../builtin.ts';
import type { ProxyRoute } from './proxy.ts';
import { proxyError, spokeEarly } from './proxy-error.ts';
import type { Tunnel } from './tunnel.ts';

const VERSION = 5;
const CONNECT = 1;
/** RFC 1928, 3: no authentication, user name and password, none acceptable. */
const Method = { none: 0, password: 2, refused: 0xff } as const;
/** RFC 1928, 5. */
const AddressType = { ipv4: 1, name: 3, ipv6: 4 } as const;
/** RFC 1929, 2: the version of the talk about user name and password. */
const PASSWORD_VERSION = 1;
/** RFC 1928, 5: a name has one byte for its length. */
const MAX_NAME_BYTES = 255;

/** RFC 1928, 6: what the reply field says. */
/**
 * The way through a SOCKS5 proxy (RFC 1928, with RFC 1929). `host` is a name that the proxy shall look up, or an IP
 * address without brackets.
 */
export class SocksTunnel implements Tunnel {
  isOpen = false;
  readonly isRefused = false;
  readonly #proxy: ProxyRoute;
  readonly #host: string;
  readonly #port: number;
  #step: 'method' | 'password' | 'reply' = 'method';
  /** What has come of the message that is being read: at most 262 bytes. */
  #message: number[] = [];

  constructor(proxy: ProxyRoute, host: string, port: number) {
    this.#proxy = proxy;
    this.#host = host;
    this.#port = port;
  }

  begin(): Uint8Array {
    const methods = this.#hasCredentials ? [Method.none, Method.password] : [Method.none];
    return Uint8Array.of(VERSION, methods.length, ...methods);
  }

  receive(chunk: Uint8Array, length: number): Uint8Array | undefined {
    let answer: Uint8Array | undefined;
    for (let at = 0; at < length; at++) {
      // One question, one answer: whoever says more does not speak SOCKS.
      if (this.isOpen || answer !== undefined) throw spokeEarly(this.#proxy);
      this.#message.push(chunk[at] as number);
      answer = this.#step === 'reply' ? this.#readReply() : this.#readChoice();
    }
    return answer;
  }

  refusal(): undefined {}

  get #hasCredentials(): boolean {
    return this.#proxy.username !== '' || this.#proxy.password !== '';
  }

  /** The answers to the offer of methods and to the password: two bytes each. */
  #readChoice(): Uint8Array | undefined {
    const [version, choice] = this.#message;
    const isPassword = this.#step === 'password';
    if (version !== (isPassword ? PASSWORD_VERSION : VERSION)) throw this.#strange();
    if (choice === undefined) return undefined;
    this.#message = [];
    if (isPassword && choice !== 0) throw this.#fault('socks-credentials-refused');
    if (isPassword || choice === Method.none) {
      this.#step = 'reply';
      return this.#request();
    }
    if (choice === Method.password && this.#hasCredentials) {
      this.#step = 'password';
      return this.#credentials();
    }
    if (choice !== Method.refused) throw this.#strange();
    throw this.#fault(this.#hasCredentials ? 'socks-no-method' : 'socks-credentials-missing');
  }

  // +----+-----+-------+------+----------+----------+
  // |VER | REP |  RSV  | ATYP | BND.ADDR | BND.PORT |
  #readReply(): undefined {
    const [version, reply, , type, first = 0] = this.#message;
    if (version !== VERSION) throw this.#strange();
    if (reply !== undefined && reply !== 0) {
      throw this.#fault('socks-reply', String(reply));
    }
    if (type === undefined) return;
    const address = { [AddressType.ipv4]: 4, [AddressType.ipv6]: 16, [AddressType.name]: 1 + first }[type];
    if (address === undefined) throw this.#strange();
    const hasLength = type !== AddressType.name || this.#message.length > 4;
    if (hasLength && this.#message.length === 4 + address + 2) this.isOpen = true;
  }

  #credentials(): Uint8Array {
    const [username, password] = [Buffer.from(this.#proxy.username), Buffer.from(this.#proxy.password)];
    return Buffer.concat([
      Uint8Array.of(PASSWORD_VERSION, username.length),
      username,
      Uint8Array.of(password.length),
      password,
    ]);
  }

  #request(): Uint8Array {
    const port = Uint8Array.of(this.#port >> 8, this.#port & 0xff);
    return Buffer.concat([Uint8Array.of(VERSION, CONNECT, 0), this.#address(), port]);
  }

  #address(): Uint8Array {
    const version = builtin('node:net').isIP(this.#host);
    if (version === 4) return Uint8Array.of(AddressType.ipv4, ...this.#host.split('.').map(Number));
    if (version === 6) return Uint8Array.of(AddressType.ipv6, ...ipv6Bytes(this.#host));
    const name = Buffer.from(this.#host.replace(/\.$/, ''));
    if (name.length > MAX_NAME_BYTES) throw this.#fault('socks-long-name');
    return Buffer.concat([Uint8Array.of(AddressType.name, name.length), name]);
  }

  #strange(): HandshakeError {
    return this.#fault('not-socks');
  }

  #fault(detail: Detail<'PROXY'>, received?: string): HandshakeError {
    return proxyError(this.#proxy, detail, { received });
  }
}

/** The 16 bytes of an IPv6 address; a zone (`%eth0`) means nothing to a proxy. */
function ipv6Bytes(address: string): number[] {
  // The URL parser writes the last 32 bits in hexadecimal and knows no zones.
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]/`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [before, after] = [words(head), words(tail ?? '')];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 0xff]);
}
