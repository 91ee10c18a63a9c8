/** Clients of this campaign: servers take seconds to start, and are tried soon again. */
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';

export function clientOf(options: ClientOptions): Client {
  return createClient({ reconnect: { firstDelay: 100, baseDelay: 200, maxDelay: 1_000 }, ...options });
}

/** What the client tells next by this name. */
export function next(client: Client, name: Parameters<Client['once']>[0]): Promise<unknown> {
  return new Promise((resolve) => client.once(name, resolve));
}

/** Everything of this kind from now on. */
export function heardOf<Event = unknown>(subscription: {
  on(listener: (event: unknown) => void): unknown;
}): Event[] {
  const heard: Event[] = [];
  subscription.on((event) => heard.push(event as Event));
  return heard;
}
