/** How to reach a server. Types alone, and none of Node's: they compile in a page, and without `@types/node`. */

/** A certificate, a key or a list of revoked ones: PEM or DER, one or several. */
export type TlsMaterial = string | Uint8Array | readonly (string | Uint8Array)[];

/** A private key with a passphrase of its own. */
export interface TlsKey {
  /** The key, as PEM. */
  readonly pem: string | Uint8Array;
  /** What opens it. */
  readonly passphrase?: string | undefined;
}

/** A version of TLS, by Node's names. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** The server's certificate, as far as `checkServerIdentity` needs it. Node hands over its `PeerCertificate`. */
export interface TlsCertificate {
  /** Whom it names: `CN`, `O` and so on. */
  readonly subject: object;
  /** Who signed it. */
  readonly issuer: object;
  /** The names and addresses that it is valid for: `DNS:example.com, IP Address:192.0.2.1`. */
  readonly subjectaltname?: string | undefined;
  /** First day. */
  readonly valid_from: string;
  /** Last day. */
  readonly valid_to: string;
  /** SHA-256 of it, in hexadecimal with colons: what pinning compares. */
  readonly fingerprint256: string;
  /** DER. */
  readonly raw: Uint8Array;
}

/**
 * The `tls` options: those of Node's `tls.connect` that concern certificates, keys, names and versions, with Node's
 * meaning and defaults, except: TLS 1.2 at least, the certificate is always checked unless `rejectUnauthorized: false`
 * stands here, and `http/1.1` is the one application protocol (ALPN) offered.
 *
 * @example
 * ```ts
 * await connect('wss://internal.example.com/', { tls: { ca: readFileSync('authority.pem') } });
 * ```
 */
export interface TlsOptions {
  /** Authorities to trust in place of those that Node knows. */
  readonly ca?: TlsMaterial | undefined;
  /** Our certificate, with those between it and its authority. */
  readonly cert?: TlsMaterial | undefined;
  /** Its private key. */
  readonly key?: TlsMaterial | readonly TlsKey[] | undefined;
  /** For a private key, or a `pfx`, that is encrypted. */
  readonly passphrase?: string | undefined;
  /** Certificate and key in one (PKCS #12). */
  readonly pfx?: TlsMaterial | undefined;
  /** Revoked certificates. */
  readonly crl?: TlsMaterial | undefined;
  /** The name to ask for and to check the certificate against. Default: the host of the URL. */
  readonly servername?: string | undefined;
  /** `false` takes any certificate: only for tests. Default `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Checks the name in the certificate in place of Node's check: an error, or nothing. */
  readonly checkServerIdentity?: CheckServerIdentity | undefined;
  /** Lowest version. Default `'TLSv1.2'`. */
  readonly minVersion?: TlsVersion | undefined;
  /** Highest version. Default `'TLSv1.3'`. */
  readonly maxVersion?: TlsVersion | undefined;
  /** One version and no other, by OpenSSL's name: `'TLSv1_2_method'`. Rather use `minVersion` and `maxVersion`. */
  readonly secureProtocol?: string | undefined;
  /** Cipher suites, as OpenSSL writes them. */
  readonly ciphers?: string | undefined;
  /** Curves for the key exchange, with colons between. */
  readonly ecdhCurve?: string | undefined;
  /** Signature algorithms, with colons between. */
  readonly sigalgs?: string | undefined;
  /** Shortest Diffie-Hellman key, in bits. */
  readonly minDHSize?: number | undefined;
  /** Flags of OpenSSL: `crypto.constants.SSL_OP_…`. */
  readonly secureOptions?: number | undefined;
  /** What `tls.createSecureContext` has made, in place of certificates and keys. */
  readonly secureContext?: object | undefined;
  /** Application protocols to offer. Default `['http/1.1']`. */
  readonly ALPNProtocols?: readonly string[] | Uint8Array | undefined;
  /** Writes what is exchanged to stderr. Default `false`. */
  readonly enableTrace?: boolean | undefined;
}

// As a method, so that a function written for Node's own types fits.
/** Checks that `certificate` is the one of `hostname`. */
export type CheckServerIdentity = {
  check(hostname: string, certificate: TlsCertificate): Error | undefined;
}['check'];

/** What a name is looked up with, as Node's `dns.lookup` takes it. */
export interface LookupOptions {
  /** 4, 6, or 0 for both. */
  readonly family?: number | 'IPv4' | 'IPv6' | undefined;
  /** Flags of `getaddrinfo`. */
  readonly hints?: number | undefined;
  /** Whether all addresses are wanted. */
  readonly all?: boolean | undefined;
  /** In which order. */
  readonly order?: 'ipv4first' | 'ipv6first' | 'verbatim' | undefined;
}

/** An address that a name stands for. */
export interface LookupAddress {
  /** IPv4 or IPv6, as text. */
  address: string;
  /** 4 or 6. */
  family: number;
}

/** Looks a name up, as Node's `dns.lookup` does. */
export type Lookup = {
  lookup(
    hostname: string,
    options: LookupOptions,
    callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void;
}['lookup'];

/** The part of Node's `Duplex` that a connection rests on. `net.Socket` and `tls.TLSSocket` are such streams. */
export interface ByteStream {
  /** Sends bytes. */
  write(bytes: Uint8Array): boolean;
  /** Adds a listener: `data`, `end`, `error`, `close` and `drain`. */
  on(event: string, listener: (...args: never[]) => void): unknown;
  /** Stops reading. */
  pause(): unknown;
  /** Reads again. */
  resume(): unknown;
  /** Ends our side. */
  end(): unknown;
  /** Drops it. */
  destroy(error?: Error): unknown;
}

/** What a {@link CreateConnection} is asked for. The fields are those that Node's agents know. */
export interface ConnectionRequest {
  /** The host name or IP address of the URL, IPv6 without brackets. */
  readonly host: string;
  /** The port of the URL: 80 or 443 unless given. */
  readonly port: number;
  /** Whether the URL says `wss:`. TLS is added to the stream, unless it is a `TLSSocket` already. */
  readonly secureEndpoint: boolean;
  /** The name for TLS; an empty string for an IP address. */
  readonly servername: string;
}

/**
 * Makes the stream that a connection runs over: returned, promised or handed to `callback`, as the `createConnection`
 * of Node's `http.Agent` does. A socket that is still connecting is waited for.
 */
export type CreateConnection = (
  request: ConnectionRequest,
  callback: (error: Error | null, stream?: ByteStream) => void,
) => ByteStream | Promise<ByteStream> | null | undefined;

/** A proxy with everything that its URL cannot say. */
export interface ProxyOptions {
  /** `http:`, `https:`, `socks5:` (names are looked up here) or `socks5h:` (by the proxy), with user and password. */
  readonly url: string | URL;
  /** Header fields for the CONNECT request. Not for SOCKS. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For the connection to an `https:` proxy; the `tls` beside `proxy` is for the server. */
  readonly tls?: TlsOptions | undefined;
}

/** How to reach the server. */
export interface DialOptions {
  /**
   * Certificates, keys and versions for `wss:`. Default: the certificate must be valid for the host and signed by an
   * authority that Node knows, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
   *
   * @example `tls: { ca, cert, key, servername: 'internal.example.com' }`
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The way through a proxy. Default: none, also where the environment names one; `'environment'` takes it from
   * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.
   *
   * @example `proxy: 'http://user:password@proxy.example.com:3128'`
   */
  readonly proxy?: string | URL | ProxyOptions | undefined;
  /**
   * Makes the stream in place of `net.connect`: a tunnel of your own, or the one of an agent. Not together with
   * `proxy`. Default: none.
   *
   * @example `createConnection: ({ host, port }) => net.connect({ host, port, localPort: 4000 })`
   */
  readonly createConnection?: CreateConnection | undefined;
  /**
   * Looks a host name up in place of `dns.lookup`.
   *
   * @example `lookup: (name, options, callback) => dns.lookup(name, { ...options, hints: dns.ADDRCONFIG }, callback)`
   */
  readonly lookup?: Lookup | undefined;
  /**
   * Only addresses of this IP version. Default: both.
   *
   * @example `family: 4`
   */
  readonly family?: 4 | 6 | undefined;
  /**
   * Whether to try IPv6 and IPv4 addresses in turn (RFC 8305). Default: as Node does, true.
   *
   * @example `autoSelectFamily: false`
   */
  readonly autoSelectFamily?: boolean | undefined;
  /**
   * Milliseconds before the next address is tried. Default: as the platform does; 250 in Node, 500 in Bun.
   *
   * @example `autoSelectFamilyAttemptTimeout: 500`
   */
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
  /**
   * The address of this machine to connect from. Default: the system chooses.
   *
   * @example `localAddress: '192.0.2.7'`
   */
  readonly localAddress?: string | undefined;
  /**
   * How many connections of one factory may be connecting to the same address and port at the same time; further ones
   * wait for their turn. Default 1, as RFC 6455, 4.1 demands; `Infinity` switches it off.
   *
   * @example `connectsPerHost: 16`
   */
  readonly connectsPerHost?: number | undefined;
}
