/**
 * What `console.log` prints of a client in Node, Bun and Deno: without this an empty object, as all its fields are
 * private. Browsers show what they like, so their builds do without.
 */
import { shownUrl } from '../base/shown-url.ts';
import type { UrlSource } from '../connection/connection-options.ts';
import { addressesOf } from '../connection/target.ts';
import type { Client } from './client.ts';
import type { Socket } from './socket.ts';

/** What these runtimes call, also for an object inside of another one. */
const PRINT = Symbol.for('nodejs.util.inspect.custom');

/** `util.inspect`, which comes with the call. */
type Inspect = (value: unknown, options: object) => string;

/** Prints `what` under its name, as the console prints an object. */
function print<T extends object>(of: T, name: string, what: () => object): T {
  const value = (depth: number, options: object, inspect?: Inspect): string =>
    depth < 0 || inspect === undefined ? `[${name}]` : `${name} ${inspect(what(), { ...options, depth })}`;
  return Object.defineProperty(of, PRINT, { value });
}

/** The client, with its address (no user, password or query), state and queue for the console. */
export function printedClient<Given extends Client>(client: Given, url: UrlSource): Given {
  const given =
    typeof url === 'function'
      ? '(a function)'
      : addressesOf(url)
          .map((one) => shownUrl(one))
          .join(', ');
  return print(client, 'Client', () => {
    const { target = given, summary } = client.why();
    const { queued, queuedBytes, pending } = client.stats();
    const { status, epoch } = client.state;
    return {
      url: target,
      state: status,
      why: summary,
      epoch,
      queue: { messages: queued, bytes: queuedBytes },
      pending,
    };
  });
}

/** The short connection, with its address and what it has not sent yet for the console. */
export function printedSocket(socket: Socket, url: string | URL): Socket {
  return print(socket, 'Socket', () => ({
    url: shownUrl(url),
    protocol: socket.protocol,
    bufferedAmount: socket.bufferedAmount,
  }));
}
