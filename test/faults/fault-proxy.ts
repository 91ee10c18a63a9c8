/** A TCP proxy on loopback that breaks lines as a test says, to the byte. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** `up`: from the client to the server. */
export type Direction = 'up' | 'down';

/** `reset`: as when a machine loses its state (RST). `end`: in order (FIN). Both ends see it. */
export type CutKind = 'reset' | 'end';

/** What is to happen to one connection. Nothing given: nothing happens. */
export interface LinePlan {
  /** Cuts the line when exactly so many bytes have gone through in this direction. */
  readonly cut?: { readonly direction: Direction; readonly after: number; readonly how: CutKind } | undefined;
  /** From so many bytes in this direction on nothing goes through either way, and nobody is told: half open. */
  readonly blackhole?: { readonly direction: Direction; readonly after: number } | undefined;
  /** Every byte comes so many milliseconds later. */
  readonly delay?: number | undefined;
  /** No more than so many bytes a second, in each direction. */
  readonly bytesPerSecond?: number | undefined;
  /** `close`: accepts and closes. `reset`: accepts and resets. `hang`: accepts and does no more. */
  readonly instead?: 'close' | 'reset' | 'hang' | undefined;
}

/** One connection through the proxy. */
export interface ProxiedLine {
  /** Bytes that have gone through. */
  readonly forwarded: Readonly<Record<Direction, number>>;
  /** Both ends are closed, or the client's end alone while the line is a black hole. */
  readonly isOver: boolean;
  cut(how: CutKind): void;
  blackhole(): void;
}

export interface FaultProxy {
  readonly port: number;
  /** Every connection, in order. */
  readonly lines: readonly ProxiedLine[];
  /** Asked for the plan of every connection, counted from 0. */
  plan: (index: number) => LinePlan;
  /** Told of every connection. */
  onLine: ((line: ProxiedLine, index: number) => void) | undefined;
  /** From now on connections are refused (ECONNREFUSED); those that are there stay. */
  refuse(): Promise<void>;
  /**
   * Accepts again, on the same port. A connection may have got that port meanwhile (on Linux one that dials the port can be
   * connected to itself): that is waited for, 20 s at most.
   */
  accept(): Promise<void>;
  close(): Promise<void>;
}

const ACCEPT_PATIENCE_MS = 20_000;

/** Starts a proxy to a port on loopback. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const lines: Line[] = [];
  const open = new Set<Line>();
  let server: Server | undefined;
  const listen = async (port: number): Promise<number> => {
    const listening = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const line = new Line(socket, target, proxy.plan(lines.length), () => open.delete(line));
      lines.push(line);
      open.add(line);
      proxy.onLine?.(line, lines.length - 1);
    });
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    server = listening;
    return (listening.address() as AddressInfo).port;
  };
  const refuse = async (): Promise<void> => {
    const listening = server;
    server = undefined;
    // Connections that are open would keep it from closing; it stops to accept at once all the same.
    listening?.close();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const proxy: FaultProxy = {
    port: 0,
    lines,
    plan: () => ({}),
    onLine: undefined,
    refuse,
    accept: async () => {
      const patience = performance.now() + ACCEPT_PATIENCE_MS;
      while (server === undefined)
        await listen(proxy.port).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EADDRINUSE' || performance.now() > patience) throw error;
          await pause(50);
        });
    },
    close: async () => {
      await refuse();
      for (const line of open) line.destroy();
    },
  };
  return Object.assign(proxy, { port: await listen(0) });
}

class Line implements ProxiedLine {
  readonly forwarded: Record<Direction, number> = { up: 0, down: 0 };
  readonly #plan: LinePlan;
  readonly #client: Socket;
  readonly #server: Socket | undefined;
  readonly #onOver: () => void;
  /** What is on its way in each direction, and when it arrives. */
  readonly #waiting: Record<Direction, { readonly at: number; readonly act: () => void }[]> = {
    up: [],
    down: [],
  };
  readonly #timers: Record<Direction, NodeJS.Timeout | undefined> = { up: undefined, down: undefined };
  readonly #busyUntil: Record<Direction, number> = { up: 0, down: 0 };
  /** `breaking`: the last bytes are on their way to the system. What comes from then on goes nowhere. */
  #state: 'flowing' | 'breaking' | 'black hole' | 'cut' = 'flowing';
  #closed = 0;

  constructor(client: Socket, target: number, plan: LinePlan, onOver: () => void) {
    this.#client = client;
    this.#plan = plan;
    this.#onOver = onOver;
    client.on('error', () => {});
    client.once('close', () => this.#onClose('up'));
    if (plan.instead !== undefined) {
      this.#server = undefined;
      if (plan.instead === 'close') client.end().resume();
      if (plan.instead === 'reset') reset(client);
      if (plan.instead === 'hang') client.resume().once('end', () => client.destroy());
      return;
    }
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#server = server;
    server.on('error', () => {});
    server.once('close', () => this.#onClose('down'));
    this.#pipe('up', client, server);
    this.#pipe('down', server, client);
    const { cut, blackhole } = plan;
    if (cut?.after === 0) this.cut(cut.how);
    if (blackhole?.after === 0) this.blackhole();
  }

  get isOver(): boolean {
    return this.#client.destroyed;
  }

  cut(how: CutKind): void {
    if (this.#state === 'cut') return;
    this.#state = 'cut';
    this.#stopTimers();
    for (const socket of this.#sockets) {
      if (how === 'reset') {
        reset(socket);
      } else {
        // What the other end still says goes nowhere.
        socket.resume().end(() => socket.destroySoon());
      }
    }
  }

  blackhole(): void {
    if (this.#state === 'cut') return;
    this.#state = 'black hole';
    this.#stopTimers();
  }

  destroy(): void {
    this.#stopTimers();
    for (const socket of this.#sockets) socket.destroy();
  }

  get #sockets(): readonly Socket[] {
    return this.#server === undefined ? [this.#client] : [this.#client, this.#server];
  }

  #pipe(direction: Direction, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      if (this.#state === 'flowing')
        this.#later(direction, chunk.length, () => this.#forward(direction, chunk, to));
    });
    from.once('end', () => {
      if (this.#state === 'flowing') this.#later(direction, 0, () => void to.end());
      else if (direction === 'up') from.destroy();
    });
  }

  /** Now, unless the line is slow; in order either way. */
  #later(direction: Direction, bytes: number, act: () => void): void {
    const { delay = 0, bytesPerSecond } = this.#plan;
    if (delay === 0 && bytesPerSecond === undefined) return act();
    const now = performance.now();
    const takes = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000;
    const at = Math.max(now + delay, this.#busyUntil[direction]) + takes;
    this.#busyUntil[direction] = at;
    this.#waiting[direction].push({ at, act });
    if (this.#waiting[direction].length === 1) this.#await(direction);
  }

  #await(direction: Direction): void {
    const queue = this.#waiting[direction];
    const [first] = queue;
    if (first === undefined) return;
    this.#timers[direction] = setTimeout(() => {
      first.act();
      queue.shift();
      if (this.#state === 'flowing') this.#await(direction);
    }, first.at - performance.now());
  }

  #forward(direction: Direction, chunk: Buffer, to: Socket): void {
    const { cut, blackhole } = this.#plan;
    const before = this.forwarded[direction];
    const ends = [cut, blackhole].filter((fault) => fault?.direction === direction);
    const limit = Math.min(...ends.map((fault) => fault!.after));
    const part = chunk.subarray(0, limit - before);
    this.forwarded[direction] += part.length;
    if (this.forwarded[direction] < limit) {
      to.write(part);
      return;
    }
    // The last bytes are the system's before the line breaks.
    this.#state = 'breaking';
    to.write(part, () => {
      if (cut !== undefined && cut.direction === direction && cut.after === limit) this.cut(cut.how);
      else this.blackhole();
    });
  }

  #onClose(direction: Direction): void {
    this.#closed++;
    if (this.#closed === this.#sockets.length) {
      this.#stopTimers(); // what a slow line still held has nowhere to go
      this.#onOver();
      return;
    }
    if (this.#state !== 'flowing') return;
    const other = direction === 'up' ? this.#server : this.#client;
    this.#later(direction, 0, () => other?.destroySoon());
  }

  #stopTimers(): void {
    for (const direction of ['up', 'down'] as const) {
      clearTimeout(this.#timers[direction]);
      this.#waiting[direction].length = 0;
    }
  }
}

/** While the end is on its way, Node (20 at least) cannot reset a socket, and would keep it open for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
