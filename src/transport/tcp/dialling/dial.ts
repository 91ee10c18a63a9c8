// One way to a server. This file is long because it knows every way: straight, through a proxy, over a stream of the
// user's, each with TLS or without, in every runtime.
import type { LookupFunction, Socket, TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { Clock } from '../../../base/clock.ts';
import type { HandshakeError } from '../../../base/errors.ts';
import type { Limits } from '../../../protocol/limits.ts';
import { builtin } from '../builtin.ts';
import type { WritableSocket } from '../memory/pooled-writer.ts';
import { AddressTries } from './address-tries.ts';
import type { ConnectPlace, ConnectTicket } from './connect-queue.ts';
import { writableSocket } from './copying-stream.ts';
import { type DialPhase, dialError, timeoutError } from './dial-error.ts';
import { firstAddress } from './first-address.ts';
import { endBoth, isBare } from './half-open.ts';
import { HttpTunnel } from './http-tunnel.ts';
import { netConnectOptions } from './net-options.ts';
import type { ByteStream, CreateConnection, LookupAddress } from './options.ts';
import type { DialPlan } from './plan.ts';
import type { ProxyRoute } from './proxy.ts';
import { SocksTunnel } from './socks-tunnel.ts';
import { faultOfSupplied, serverName, startTls, type TlsPeer } from './tls.ts';
import type { Tunnel } from './tunnel.ts';

/**
 * How many connections may be pending through one proxy that looks names up by itself (RFC 6455, 4.1: "the client
 * SHOULD limit the total number of simultaneous pending connections to a reasonably low number").
 */
export const MAX_PENDING_PER_PROXY = 16;

/** Where a stream keeps the dial that hears it: listeners that all streams share cost an idle connection nothing. */
const DIAL = Symbol('holdline.dial');

type HeardStream = Duplex & { [DIAL]?: Dial };

type PendingStream = Partial<TLSSocket> & { readonly secureConnecting?: boolean };

/** What a dial needs to know of what was asked for. */
export interface DialRequest {
  readonly limits: Limits;
  readonly clock: Clock;
}

/**
 * - `dialling`: on the way to the server, until its answer is there
 * - `open`: the handshake is done
 * - `destroyed`: dropped by this side; the socket may still have to go
 * - `closed`: the socket is gone
 */
type DialState = 'dialling' | 'open' | 'destroyed' | 'closed';

/** What a dial tells. Nothing is told before {@link Dial.start} has returned; nothing after `closed`. */
export interface DialHandler {
  /** Where the next chunk is to be put, if not to the shared memory. Undefined, always, before `connected`. */
  room(): Uint8Array | undefined;
  /** The way is free for the HTTP handshake. */
  connected(socket: WritableSocket): void;
  /** `chunk[0, length)` came; the memory is used again when this returns. */
  read(chunk: Uint8Array, length: number): void;
  /** The proxy has refused; the rest of what it says may still be on the way. */
  refused(): void;
  /**
   * The server has ended its side. With `isHalfOpen` ours may go on: returns whether it does, until the handler ends it.
   */
  ended(isHalfOpen: boolean): boolean;
  /** The socket failed. `closed` follows, except where there was no socket yet. */
  failed(cause: unknown): void;
  /** The socket is gone. */
  closed(): void;
}

/**
 * One way to a server and how far it has come: straight over TCP, to a unix socket, through a proxy or over a stream of
 * the user's; with TLS on top where the URL says so.
 */
export class Dial {
  #phase: DialPhase;
  /** Whether the socket keeps the process alive. */
  isHeld = true;
  readonly #plan: DialPlan;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #handler: DialHandler;
  readonly #net = builtin('node:net');
  readonly #readBuffer: Uint8Array;
  #state: DialState = 'dialling';
  #tls: typeof import('node:tls') | undefined;
  /** The topmost stream: what is heard and destroyed. */
  #stream: Duplex | undefined;
  #tunnel: Tunnel | undefined;
  #ticket: ConnectTicket | undefined;
  /** The addresses of the name, once it was looked up. */
  #tries: AddressTries | undefined;

  /** All sockets may read into the same `readBuffer`. */
  constructor(plan: DialPlan, { limits, clock }: DialRequest, handler: DialHandler, readBuffer: Uint8Array) {
    this.#plan = plan;
    this.#limits = limits;
    this.#clock = clock;
    this.#handler = handler;
    this.#readBuffer = readBuffer;
    const { target, options, proxy } = plan;
    const isReached = target.socketPath !== undefined || options.createConnection !== undefined;
    this.#phase =
      proxy !== undefined ? 'proxy' : isReached || this.#net.isIP(target.hostname) !== 0 ? 'tcp' : 'dns';
  }

  /** How far the opening has come. */
  get phase(): DialPhase {
    return this.#phase;
  }

  /** Sets it, and tells where it has changed. */
  set phase(phase: DialPhase) {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#plan.onPhase?.(phase);
  }

  /** Whether there is a socket, so that `closed` will be told. */
  get hasSocket(): boolean {
    return this.#stream !== undefined;
  }

  /** Connects. */
  start(): void {
    this.#begin().catch((error: unknown) => this.#failed(error));
  }

  /** The handshake is done: the next connection to this host may begin. */
  opened(): void {
    this.#state = 'open';
    this.#ticket?.end();
    this.#ticket = undefined;
  }

  /** Drops the connection. */
  destroy(): void {
    if (this.#state === 'closed') return;
    this.#state = 'destroyed';
    this.#ticket?.end();
    this.#tries?.settle();
    this.#stream?.destroy();
    // A stream of the user's may be one that never says so.
    if (this.#stream !== undefined && !(this.#stream instanceof this.#net.Socket))
      this.#clock.setTimer(() => this.#closed(), 0);
  }

  /** Stops reading. */
  pause(): void {
    this.#stream?.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#stream?.resume();
  }

  /** Whether the socket, and each that comes after it, is to keep the process alive. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    const stream = this.#stream as Partial<Socket> | undefined;
    if (isHeld) stream?.ref?.();
    else stream?.unref?.();
  }

  /** The error for a connection that failed, or ended, before the handshake. */
  error(cause: unknown): HandshakeError {
    return this.#tunnel?.refusal() ?? dialError(this.#plan, this.phase, cause);
  }

  /** The error for an opening that took `timeout` milliseconds. */
  late(timeout: number): HandshakeError {
    return (
      this.#tunnel?.refusal() ??
      timeoutError(this.#plan.target, this.phase, timeout, this.#ticket?.isWaiting === true)
    );
  }

  // An async function, so that what Node throws at once is told later like everything else.
  async #begin(): Promise<void> {
    const { target, options, proxy } = this.#plan;
    const { createConnection } = options;
    this.#plan.onPhase?.(this.#phase);
    // Loaded on first use: node:tls alone costs a program 7 ms.
    if (target.secure || proxy?.secure === true) this.#tls = builtin('node:tls');
    if (createConnection !== undefined) await undefined; // nothing is told before start() has returned
    if (this.#state === 'destroyed') return;
    if (createConnection !== undefined) this.#askForStream(createConnection);
    else if (proxy !== undefined) await this.#goThrough(proxy);
    else this.#goStraight();
  }

  #goStraight(): void {
    const { hostname, socketPath } = this.#plan.target;
    if (socketPath !== undefined) {
      const way = { path: socketPath, onread: this.#onread(), allowHalfOpen: isBare(this.#plan) };
      this.#attach(this.#open(way as unknown as TcpNetConnectOpts));
      return;
    }
    if (this.#net.isIP(hostname) === 0) this.#attach(this.#open(this.#way(this.#lookupInQueue())));
    else this.#whenFree([this.#address(hostname)], () => this.#attach(this.#open(this.#way())));
  }

  /** The options of a TCP connection straight to the server. */
  #way(lookup?: LookupFunction): TcpNetConnectOpts {
    const { hostname, port } = this.#plan.target;
    const options = netConnectOptions(hostname, port, this.#plan.options);
    options.onread = this.#onread();
    options.allowHalfOpen = isBare(this.#plan);
    if (lookup !== undefined) options.lookup = lookup;
    return options;
  }

  #open(options: TcpNetConnectOpts): Socket {
    if (this.#tls === undefined) return this.#net.connect(options);
    try {
      const socket = this.#startTls(options as ConnectionOptions, this.#server);
      socket.once('connect', () => {
        this.phase = 'tls';
      });
      return socket;
    } catch (error) {
      // Options that Node refuses: a certificate that cannot be read, for instance.
      this.phase = 'tls';
      throw error;
    }
  }

  #attach(socket: Socket): void {
    this.#listen(socket);
    socket.once('connect', () => this.#tries?.settle());
    socket.once(this.#tls === undefined ? 'connect' : 'secureConnect', () => {
      if (!socket.destroyed) this.#connected(socket);
    });
  }

  #connected(stream: Duplex): void {
    this.phase = 'http';
    this.#handler.connected(writableSocket(stream, [this.#net.Socket, this.#tls?.TLSSocket]));
  }

  /** The look-up of names, which hands the first address on when it is free to connect to. */
  #lookupInQueue(): LookupFunction {
    const lookup = this.#plan.options.lookup ?? (builtin('node:dns').lookup as LookupFunction);
    return (hostname, options, callback) =>
      lookup(hostname, options, (error, address, family) => {
        if (this.#state === 'destroyed') return;
        const found = Array.isArray(address) ? address : [{ address, family: family ?? 0 }];
        const tries = new AddressTries(found, this.#plan.options, this.#clock);
        const first = tries.next();
        if (first === undefined || (error !== null && error !== undefined)) {
          callback(error, address, family);
          return;
        }
        this.phase = 'tcp';
        this.#tries = tries;
        this.#whenFree([this.#address(first.address)], () => {
          tries.watch((late) => this.#goOn(late));
          only(first)(hostname, options, callback);
        });
      });
  }

  /** The address at hand has failed, or takes too long: goes on to the next. False if there is none. */
  #goOn(error: Error): boolean {
    const tries = this.#tries;
    if (tries === undefined || this.phase !== 'tcp' || this.#state !== 'dialling') return false;
    const next = tries.next(error);
    if (next === undefined) return false;
    const before = this.#stream;
    this.#stream = undefined;
    before?.destroy();
    this.#ticket?.end();
    this.#whenFree([this.#address(next.address)], () => {
      tries.watch((late) => this.#goOn(late));
      this.#attach(this.#open(this.#way(only(next))));
    });
    return true;
  }

  async #goThrough(proxy: ProxyRoute): Promise<void> {
    const { target } = this.#plan;
    // The tilde puts it behind all others: nobody holds up the proxy while waiting for a host.
    const all = { key: `~ ${proxy.display}`, capacity: MAX_PENDING_PER_PROXY };
    let host = target.hostname;
    let place = { ...this.#address(host), key: `${proxy.display} ${host}:${target.port}` };
    if (!proxy.remoteNames) {
      if (this.#net.isIP(host) === 0) host = await this.#resolve(host);
      place = this.#address(host);
    }
    if (this.#state === 'destroyed') return;
    this.phase = 'proxy';
    this.#whenFree([place, all], () => this.#openTunnel(proxy, host));
  }

  /** The first address of a name, for a SOCKS proxy that is not to see names. */
  #resolve(hostname: string): Promise<string> {
    this.phase = 'dns';
    return firstAddress(hostname, this.#plan.options);
  }

  #openTunnel(proxy: ProxyRoute, host: string): void {
    const { hostname, port, secure } = this.#plan.target;
    const authority = `${this.#net.isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
    const tunnel =
      proxy.kind === 'http'
        ? new HttpTunnel(proxy, authority, this.#limits)
        : new SocksTunnel(proxy, host, port);
    this.#tunnel = tunnel;
    let isThrough = false;
    const read = (chunk: Uint8Array, length: number): void => {
      if (isThrough) return this.#handler.read(chunk, length);
      const { isRefused } = tunnel;
      try {
        const answer = tunnel.receive(chunk, length);
        if (answer !== undefined) socket.write(answer);
      } catch (error) {
        this.#handler.failed(error);
        return;
      }
      if (tunnel.isRefused && !isRefused) this.#handler.refused();
      if (!tunnel.isOpen) return;
      isThrough = true;
      this.#tunnel = undefined;
      if (secure) this.#secure(socket.removeAllListeners('data').pause());
      else this.#connected(socket);
    };
    const options = netConnectOptions(proxy.hostname, proxy.port, this.#plan.options);
    // TLS upon a socket with `onread` hears nothing in Deno, and in Bun if that socket is one of TLS itself.
    if (!secure) options.onread = this.#onread(read);
    const peer = { hostname: proxy.hostname, port: proxy.port, options: proxy.tls };
    const socket = proxy.secure
      ? this.#startTls(options as ConnectionOptions, peer)
      : this.#net.connect(options);
    this.#listen(socket);
    if (secure) this.#readEvents(socket, read);
    socket.once(proxy.secure ? 'secureConnect' : 'connect', () => {
      if (!socket.destroyed) socket.write(tunnel.begin());
    });
  }

  #askForStream(createConnection: CreateConnection): void {
    const { hostname, port, secure } = this.#plan.target;
    const servername = serverName(hostname);
    const request = { host: hostname, port, secureEndpoint: secure, servername };
    this.#whenFree([this.#address(hostname)], () => {
      let isAnswered = false;
      const answer = (error: unknown, stream?: ByteStream): void => {
        if (isAnswered) return;
        isAnswered = true;
        if (error !== null && error !== undefined) this.#failed(error);
        else this.#takeStream(stream as Duplex | undefined); // what else it needs of one, it checks
      };
      const made = createConnection(request, answer);
      if (made instanceof Promise) made.then((stream) => answer(null, stream), answer);
      else if (made !== null && made !== undefined) answer(null, made);
    });
  }

  #takeStream(stream: Duplex | undefined): void {
    if (typeof stream?.write !== 'function' || typeof stream.on !== 'function') {
      this.#failed(new TypeError('createConnection gave something else than a stream.'));
      return;
    }
    if (this.#state === 'destroyed') {
      stream.on('error', () => {});
      stream.destroy();
      return;
    }
    this.#listen(stream);
    const { encrypted = false, secureConnecting, connecting } = stream as PendingStream;
    const ready = (): void => {
      if (this.#tls !== undefined && encrypted) {
        const fault = faultOfSupplied(this.#tls, stream as Partial<TLSSocket>, this.#server);
        if (fault !== undefined) return this.#handler.failed(fault);
      }
      if (stream instanceof this.#net.Socket) stream.setNoDelay(true);
      if (this.#tls !== undefined && !encrypted) {
        this.#secure(stream);
        return;
      }
      this.#readEvents(stream);
      this.#connected(stream);
    };
    if (encrypted) this.phase = 'tls';
    const isPending = encrypted ? secureConnecting : connecting;
    if (isPending === true) stream.once(encrypted ? 'secureConnect' : 'connect', ready);
    else ready();
  }

  /** Puts TLS upon a stream that reaches the server. */
  #secure(stream: Duplex): void {
    this.phase = 'tls';
    try {
      const socket = this.#startTls({ socket: stream }, this.#server);
      this.#readEvents(socket);
      this.#attach(socket);
    } catch (error) {
      this.#handler.failed(error);
    }
  }

  #startTls(way: ConnectionOptions, peer: TlsPeer): TLSSocket {
    const tls = this.#tls as typeof import('node:tls');
    return startTls(way, peer, { tls, sessions: this.#plan.pool.sessions, clock: this.#clock });
  }

  get #server(): TlsPeer {
    const { target, options } = this.#plan;
    return { hostname: target.hostname, port: target.port, options: options.tls };
  }

  /**
   * No Buffer and no event a chunk: the socket reads into memory that is there already, of a large message or shared. It
   * asks for it when it is made, and again after each chunk.
   */
  #onread(read?: DialHandler['read']): NonNullable<TcpNetConnectOpts['onread']> {
    return {
      buffer: () => this.#handler.room() ?? this.#readBuffer,
      callback: (length, chunk) => {
        if (read === undefined) this.#handler.read(chunk, length);
        else read(chunk, length);
        return true;
      },
    };
  }

  /** Reads a stream that cannot read into memory of ours. A plain Uint8Array, since `slice` must copy. */
  #readEvents(stream: Duplex, read: DialHandler['read'] = this.#handler.read.bind(this.#handler)): void {
    stream.on('data', (chunk: Uint8Array) => {
      read(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), chunk.length);
    });
  }

  #listen(stream: HeardStream): void {
    this.#stream = stream;
    if (!this.isHeld) this.hold(false);
    stream[DIAL] = this;
    stream.on('error', onError).on('end', onEnd).on('close', onClose);
  }

  /** For the listeners of a stream: it failed. Once TLS is put upon a stream, the topmost one tells. */
  streamFailed(stream: Duplex, error: Error & { code?: string }): void {
    if (stream !== this.#stream) return;
    if (this.#goOn(error)) return;
    // A server that refuses our certificate says so when it has already agreed on TLS 1.3.
    const isRefusal = this.phase === 'http' && error.code?.startsWith('ERR_SSL_');
    if (isRefusal && this.#state === 'dialling') this.phase = 'tls';
    this.#handler.failed((this.phase === 'tcp' && this.#tries?.fault()) || error);
  }

  /** For the listeners of a stream: the other side has ended. */
  streamEnded(stream: Duplex): void {
    if (stream !== this.#stream) return;
    const isHalfOpen = isBare(this.#plan);
    if (!this.#handler.ended(isHalfOpen) && isHalfOpen) endBoth(stream);
  }

  /** For the listeners of a stream: it is gone. */
  streamClosed(stream: Duplex): void {
    if (stream === this.#stream) this.#closed();
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#ticket?.end();
    this.#tries?.settle();
    this.#handler.closed();
  }

  /** What Node, a look-up or the user's stream has refused. */
  #failed(error: unknown): void {
    if (this.#state !== 'destroyed') this.#handler.failed(error);
  }

  #whenFree(places: readonly ConnectPlace[], go: () => void): void {
    const { queue } = this.#plan.pool;
    const isOff = this.#plan.options.connectsPerHost === Number.POSITIVE_INFINITY;
    const guarded = (): void => {
      try {
        go();
      } catch (error) {
        // The next microtask: nothing is told before start() has returned, or to another connection's end.
        Promise.reject(error).catch((reason: unknown) => this.#failed(reason));
      }
    };
    if (isOff) guarded();
    else this.#ticket = queue.take(places, this.#clock, guarded);
  }

  #address(host: string): ConnectPlace {
    const { target, options } = this.#plan;
    return { key: `${host} ${target.port}`, capacity: options.connectsPerHost ?? 1 };
  }
}

/** A look-up that has one answer. */
function only({ address, family }: LookupAddress): LookupFunction {
  return (_hostname, { all }, callback) => {
    if (all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function onError(this: HeardStream, error: Error & { code?: string }): void {
  this[DIAL]?.streamFailed(this, error);
}

function onEnd(this: HeardStream): void {
  this[DIAL]?.streamEnded(this);
}

function onClose(this: HeardStream): void {
  this[DIAL]?.streamClosed(this);
}
