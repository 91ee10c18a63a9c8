/** A TCP line that looks at what goes through it: how many TLS records, with how many bytes, the client sends. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface RecordTap {
  readonly port: number;
  /** Bytes on the wire of each record of application data since the last look, headers left out. */
  take(): number[];
  close(): Promise<void>;
}

/** RFC 8446, 5.1: type, version (2), length (2). */
const HEADER_BYTES = 5;
const APPLICATION_DATA = 23;

export async function startRecordTap(targetPort: number): Promise<RecordTap> {
  const records: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (outer) => {
    const inner = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    let rest = Buffer.alloc(0);
    outer.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEADER_BYTES) {
        const size = rest.readUInt16BE(3);
        if (rest.length < HEADER_BYTES + size) break;
        if (rest[0] === APPLICATION_DATA) records.push(size);
        rest = rest.subarray(HEADER_BYTES + size);
      }
    });
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.once('close', () => sockets.delete(from));
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    take: () => records.splice(0),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
