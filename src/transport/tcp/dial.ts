import { connect, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { WebSocketTarget } from '../../protocol/url.ts';
import type { DialPhase } from './dial-error.ts';

/** The `tls` options: those of `tls.connect` that concern certificates and versions, with Node's meaning. */
export type TlsOptions = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'passphrase'
  | 'pfx'
  | 'servername'
  | 'checkServerIdentity'
  | 'rejectUnauthorized'
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
>;

/** How to reach the server. */
export interface DialOptions {
  /**
   * Certificates and versions for `wss:`. Default: the certificate must be valid for the host and signed by an
   * authority that Node knows, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
   */
  readonly tls?: TlsOptions | undefined;
  /** Looks a host name up in place of `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined;
  /** Whether to try IPv6 and IPv4 addresses in turn (RFC 8305). Default: as Node does, true. */
  readonly autoSelectFamily?: boolean | undefined;
}

/** What a dial tells. Nothing is told before {@link Dial.start} has returned; nothing after `closed`. */
export interface DialHandler {
  /** The way is free for the HTTP handshake. */
  connected(socket: Socket): void;
  /** `chunk[0, length)` came; the memory is used again when this returns. */
  read(chunk: Uint8Array, length: number): void;
  /** The server has ended its side. */
  ended(): void;
  /** The socket failed. `closed` follows, except where there was no socket yet. */
  failed(cause: unknown): void;
  /** The socket is gone. */
  closed(): void;
}

/** One TCP connection, with TLS where the URL says so, and how far it has come. */
export class Dial {
  /** How far the opening has come. */
  phase: DialPhase;
  readonly #target: WebSocketTarget;
  readonly #options: DialOptions;
  readonly #handler: DialHandler;
  #socket: Socket | undefined;
  #isDestroyed = false;

  constructor(target: WebSocketTarget, options: DialOptions, handler: DialHandler) {
    this.#target = target;
    this.#options = options;
    this.#handler = handler;
    this.phase = isIP(target.hostname) === 0 ? 'dns' : 'tcp';
  }

  /** Whether there is a socket, so that `closed` will be told. */
  get hasSocket(): boolean {
    return this.#socket !== undefined;
  }

  /** Connects. All sockets may read into the same `readBuffer`. */
  start(readBuffer: Uint8Array): void {
    const options = this.#netOptions(readBuffer);
    this.#open(options).catch((error: unknown) => {
      if (this.#isDestroyed) return;
      // Options that Node refuses: a certificate that cannot be read, for instance.
      if (this.#target.secure) this.phase = 'tls';
      this.#handler.failed(error);
    });
  }

  /** Drops the connection. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#socket?.destroy();
  }

  /** Stops reading. */
  pause(): void {
    this.#socket?.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket?.resume();
  }

  // An async function, so that what Node throws at once is told later like everything else.
  async #open(options: TcpNetConnectOpts): Promise<void> {
    if (!this.#target.secure) {
      this.#attach(connect(options), 'connect');
      return;
    }
    // Loaded on first use: node:tls alone costs a program 7 ms. `import()` works in ESM, in CommonJS and in every
    // runtime with Node's modules, unlike process.getBuiltinModule (Node 20.16) or require.
    const tls = await import('node:tls');
    if (this.#isDestroyed) return;
    const socket = tls.connect({ ...options, ...this.#tlsOptions() } as ConnectionOptions);
    socket.once('connect', () => {
      this.phase = 'tls';
    });
    this.#attach(socket, 'secureConnect');
  }

  #netOptions(readBuffer: Uint8Array): TcpNetConnectOpts {
    const { lookup, autoSelectFamily } = this.#options;
    return {
      host: this.#target.hostname,
      port: this.#target.port,
      noDelay: true,
      ...(lookup === undefined ? undefined : { lookup }),
      ...(autoSelectFamily === undefined ? undefined : { autoSelectFamily }),
      // No Buffer and no event a chunk: the socket reads into memory that is there already.
      onread: {
        buffer: readBuffer,
        callback: (length, chunk) => {
          this.#handler.read(chunk, length);
          return true;
        },
      },
    };
  }

  #tlsOptions(): ConnectionOptions {
    const { hostname } = this.#target;
    return {
      // RFC 6066, 3: the name without a trailing dot; "Literal IPv4 and IPv6 addresses are not permitted".
      ...(isIP(hostname) === 0 ? { servername: hostname.replace(/\.$/, '') } : undefined),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...this.#options.tls,
    };
  }

  #attach(socket: Socket, connectedEvent: 'connect' | 'secureConnect'): void {
    this.#socket = socket;
    socket.on('lookup', (error: Error | null) => {
      if (error === null && this.phase === 'dns') this.phase = 'tcp';
    });
    socket.once(connectedEvent, () => {
      this.phase = 'http';
      this.#handler.connected(socket);
    });
    socket.once('end', () => this.#handler.ended());
    socket.on('error', (error) => this.#handler.failed(error));
    socket.once('close', () => this.#handler.closed());
  }
}
