/** A server on a plain TCP port that speaks as a test says, right or wrong, and keeps every byte that it gets. */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type ClientFrame, clientFrameSize, readClientFrames } from '../tools/client-frame.ts';
import { CLOSE } from '../tools/server-frame.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455, 1.3

/** How often `pour` writes before what came is read. */
const WRITES_PER_TURN = 16;

/** One connection, with the request read and nothing answered. */
export class HostileConnection {
  readonly socket: Socket;
  /** The head of the request, without the blank line. */
  readonly head: string;
  /** In how many pieces it came. */
  readonly headChunks: number;
  /** Resolves when the client has ended its side, or the connection is gone. */
  readonly ended: Promise<void>;
  readonly #chunks: Buffer[] = [];
  /** How many bytes these are. */
  #bytes = 0;
  #isGone = false;

  constructor(socket: Socket, head: string, headChunks: number, rest: Buffer) {
    this.socket = socket;
    this.head = head;
    this.headChunks = headChunks;
    const take = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    };
    if (rest.length > 0) take(rest);
    socket.on('data', take);
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isGone = true;
        resolve();
      };
      socket.once('end', end);
      socket.once('close', end);
    });
  }

  /** Everything that came after the request. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** The same, as the kernel cut it. */
  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  /** The last bytes of it, as many as there are of `size`. */
  last(size: number): Buffer {
    let from = this.#chunks.length;
    for (let held = 0; held < size && from > 0; ) held += (this.#chunks[--from] as Buffer).length;
    return Buffer.concat(this.#chunks.slice(from)).subarray(-size);
  }

  /** The frames among it, read strictly. */
  get frames(): ClientFrame[] {
    return readClientFrames(this.received);
  }

  /** Calls `handler` with every frame that comes from now on, once it is whole. */
  eachFrame(handler: (frame: ClientFrame) => unknown): void {
    let bytes = Buffer.alloc(0);
    this.socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let size = clientFrameSize(bytes); size !== undefined && size <= bytes.length; ) {
        const [frame] = readClientFrames(bytes.subarray(0, size)) as [ClientFrame];
        bytes = bytes.subarray(size);
        handler(frame);
        size = clientFrameSize(bytes);
      }
    });
  }

  /** The codes of the Close frames that came: 1005 for an empty one. */
  get closeCodes(): number[] {
    return this.frames
      .filter(({ opcode }) => opcode === CLOSE)
      .map(({ payload }) => (payload.length === 0 ? 1005 : ((payload[0] as number) << 8) | payload[1]!));
  }

  /** The value of a header field of the request. */
  field(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)$`, 'im').exec(this.head)?.[1];
  }

  /** What proves that the key was read. */
  get accept(): string {
    return createHash('sha1')
      .update(`${this.field('Sec-WebSocket-Key')}${GUID}`)
      .digest('base64');
  }

  /** A valid 101, with more lines. */
  answer(...lines: string[]): string {
    return [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${this.accept}`,
      ...lines,
      '\r\n',
    ].join('\r\n');
  }

  /** Writes, and waits for the socket to take it. False once the client is gone. */
  async write(data: string | Uint8Array): Promise<boolean> {
    if (this.#isGone || this.socket.destroyed) return false;
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    if (this.socket.write(bytes)) return true;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done);
        this.socket.off('close', done);
        resolve();
      };
      this.socket.once('drain', done);
      this.socket.once('close', done);
    });
    return !this.#isGone;
  }

  /** Waits until so many bytes have come, or the connection is gone. */
  untilBytes(count: number): Promise<void> {
    return this.until(() => this.#bytes >= count);
  }

  /** Waits until `isEnough`, which is asked after every piece that comes, or the connection is gone. */
  async until(isEnough: () => boolean): Promise<void> {
    while (!this.#isGone && !isEnough()) {
      await new Promise<void>((resolve) => {
        const next = (): void => {
          this.socket.off('data', next);
          this.socket.off('close', next);
          resolve();
        };
        this.socket.once('data', next);
        this.socket.once('close', next);
      });
    }
  }

  /** Writes the same bytes until the client is gone, or `total` bytes were written. Returns how many were. */
  async pour(bytes: Uint8Array, total: number = Number.POSITIVE_INFINITY): Promise<number> {
    let written = 0;
    for (let writes = 1; written < total && (await this.write(bytes)); writes++) {
      written += bytes.length;
      // A client that reads as fast as this writes would keep it from hearing anything.
      if (writes % WRITES_PER_TURN === 0) await new Promise(setImmediate);
    }
    return written;
  }
}

export interface HostileServer {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** The connections whose request has come, in order. */
  readonly connections: HostileConnection[];
  close(): Promise<void>;
}

/** Starts a server that does `serve` with every connection, once its request is there. */
export async function startHostileServer(
  serve: (connection: HostileConnection) => unknown,
): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const connections: HostileConnection[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    // Who has ended wants no more answer, unless the test says otherwise.
    socket.once('end', () => setImmediate(() => socket.end()));
    let head = Buffer.alloc(0);
    let headChunks = 0;
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      headChunks++;
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      const connection = new HostileConnection(
        socket,
        head.toString('latin1', 0, end),
        headChunks,
        head.subarray(end + 4),
      );
      connections.push(connection);
      void serve(connection);
    };
    socket.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
