/**
 * A program of its own that is attacked: it connects where it is told to, by `connect`, `createClient` or `WebSocket`,
 * and reports what it was told, what reached nobody, and how far its memory grew. It lives for many ordeals; that it
 * answers the next one shows that it survived the last.
 */
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { WebSocket, type WebSocketOptions } from '../../src/node.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { type TcpOptions, tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import type { TransportFactory } from '../../src/transport/transport.ts';
import type { Evidence, Ordeal, Report } from './ordeal.ts';

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(String(error)));
process.on('unhandledRejection', (error) => uncaught.push(String(error)));

interface Counts {
  closes: number;
  messages: number;
  bytes: number;
  closure: Closure | undefined;
  error: unknown;
}

/** Counts what the transport tells, beneath whatever stands above it. */
function counted(options: TcpOptions, counts: Counts): TransportFactory {
  const factory = tcpTransport(options);
  return (request, sink) =>
    factory(request, {
      open: (info) => sink.open(info),
      text: (message) => sink.text(message),
      binary: (message) => sink.binary(message),
      ping: () => sink.ping(),
      pong: (payload) => sink.pong(payload),
      drain: () => sink.drain(),
      close: (closure) => {
        counts.closes++;
        counts.closure = closure;
        sink.close(closure);
      },
    });
}

function count(counts: Counts, message: unknown): void {
  counts.messages++;
  counts.bytes += typeof message === 'string' ? message.length : (message as ArrayBuffer).byteLength;
}

async function byConnect({ url, protocols, options, transport }: Ordeal, counts: Counts): Promise<void> {
  try {
    const socket = await connect(url, { protocols, ...options, transport: counted(transport, counts) });
    for await (const message of socket) count(counts, message);
    await socket.closed;
  } catch (error) {
    counts.error = error;
  }
}

async function byClient({ url, protocols, options, transport }: Ordeal, counts: Counts): Promise<void> {
  const { handshakeTimeout, ...rest } = options;
  const client = createClient({
    url,
    protocols,
    envelope: raw(),
    reconnect: handshakeTimeout === undefined ? false : { connectTimeout: handshakeTimeout, maxAttempts: 1 },
    ...rest,
    transport: counted(transport, counts),
  });
  client.on('message', (message) => count(counts, message));
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  let ends = 0;
  await new Promise<void>((resolve) => {
    client.on('closed', () => {
      ends++;
      resolve();
    });
    client.connect();
  });
  await settled();
  if (ends !== 1) counts.closes = ends;
  // What ended the line is told once as an event.
  const expected = counts.closure?.error === undefined ? [] : [counts.closure.error];
  const isTold = errors.length === expected.length && errors[0] === expected[0];
  counts.error = isTold ? counts.closure?.error : new Error(`told: ${errors.join()}`);
}

async function byClass({ url, protocols, options, transport }: Ordeal, counts: Counts): Promise<void> {
  const socket = new WebSocket(url, protocols, { ...options, ...transport } as WebSocketOptions);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => count(counts, data));
  await new Promise((resolve) => {
    socket.addEventListener('close', (event) => {
      counts.closes++;
      const { code, reason, wasClean, error } = event;
      counts.closure = { code, reason, wasClean, received: undefined, sent: undefined, error };
      counts.error = error;
      resolve(undefined);
    });
  });
}

/** Time for a second event that must not come. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function evidence(error: unknown): Evidence | undefined {
  if (error === undefined) return undefined;
  const { code, message, phase, status, body, limit, size, cause } = error as Record<string, unknown>;
  const text = `${message} ${(error as Error).stack}`;
  return {
    code: String(code),
    phase,
    status,
    body,
    limit,
    size,
    cause: (cause as { code?: string } | undefined)?.code,
    text,
  } as Evidence;
}

const WAYS = { connect: byConnect, createClient: byClient, WebSocket: byClass };

async function suffer(ordeal: Ordeal): Promise<Report> {
  const counts: Counts = { closes: 0, messages: 0, bytes: 0, closure: undefined, error: undefined };
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 5);
  uncaught.length = 0;
  await WAYS[ordeal.way](ordeal, counts);
  await settled();
  look();
  clearInterval(timer);
  const { closes, messages, bytes, closure, error } = counts;
  return {
    closes,
    messages,
    bytes,
    code: closure?.code,
    wasClean: closure?.wasClean,
    error: evidence(error),
    growth: peak - before,
    uncaught: [...uncaught],
  };
}

process.on('message', (ordeal: Ordeal) => {
  void suffer(ordeal).then((report) => process.send?.(report));
});
