/** The scene: everything about the server and the way to it. All times in milliseconds since the lines broke. */
export interface Scene {
  /** How long the server is away. Meanwhile every attempt is refused at once. */
  readonly outage: number;
  /** Handshakes that the server completes in a second. */
  readonly acceptsPerSecond: number;
  /** From the beginning of an attempt to the client's knowing how it was answered, if at once. */
  readonly roundTrip: number;
}

/** The scene of the table. */
export const SCENE: Scene = { outage: 5_000, acceptsPerSecond: 5_000, roundTrip: 50 };

/** How an attempt ends, and when the client knows. */
export interface Verdict {
  readonly accepted: boolean;
  readonly at: number;
}

/** A server under a storm. Attempts must come in the order of time. */
export interface StormServer {
  /** An attempt begins at `time` and is given up after `patience` ms. */
  arrive(time: number, patience: number): Verdict;
}

/** The kinds of servers. */
export type ServerKind = 'shed' | 'queue';

/** Makes a server of this kind. */
export function createServer(kind: ServerKind, scene: Scene): StormServer {
  return kind === 'shed' ? shed(scene) : queue(scene);
}

/** Refuses at once what it cannot take: a load balancer with a limit. A token bucket of one second's worth. */
function shed({ outage, acceptsPerSecond, roundTrip }: Scene): StormServer {
  let tokens = acceptsPerSecond;
  let filledAt = outage;
  return {
    arrive(time) {
      const at = time + roundTrip;
      if (time < outage) return { accepted: false, at };
      tokens = Math.min(acceptsPerSecond, tokens + ((time - filledAt) / 1_000) * acceptsPerSecond);
      filledAt = time;
      if (tokens < 1) return { accepted: false, at };
      tokens--;
      return { accepted: true, at };
    },
  };
}

/**
 * Takes everything, one after the other. A client that has gone away meanwhile is noticed only after its handshake has
 * been worked through: the work is the same for the dead as for the living.
 */
function queue({ outage, acceptsPerSecond, roundTrip }: Scene): StormServer {
  const work = 1_000 / acceptsPerSecond;
  let freeAt = outage;
  return {
    arrive(time, patience) {
      if (time < outage) return { accepted: false, at: time + roundTrip };
      freeAt = Math.max(freeAt, time) + work;
      const answeredAt = Math.max(freeAt, time + roundTrip);
      const givesUpAt = time + patience;
      return answeredAt <= givesUpAt
        ? { accepted: true, at: answeredAt }
        : { accepted: false, at: givesUpAt };
    },
  };
}
