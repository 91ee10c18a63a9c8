/** What happens to a connection, through a proxy in between. */
import type { FaultProxy, LinePlan } from '../faults/fault-proxy.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Breaks things; resolves when the way is good again for whoever connects anew. */
export type Fault = (proxy: FaultProxy, dice: () => number) => Promise<void>;

/** The faults of a line that is there already come by its plan, which is made when it begins. */
export interface Scene {
  /** The plan of the first connection. */
  readonly first?: (dice: () => number) => LinePlan;
  /** Default: nothing but that plan. */
  readonly fault?: Fault;
  /** Whether the connection is gone, so that a client should say so. */
  readonly breaks: boolean;
  /** In a few words, for the table. */
  readonly what: string;
}

/** How long a way is shut, or swallows what it is given, in milliseconds. */
const SHUT_MS = 5_000;
const SWALLOW_MS = 15_000;

const cut = (proxy: FaultProxy, how: 'reset' | 'end'): void => {
  for (const line of proxy.lines) if (!line.isOver) line.cut(how);
};

export const SCENES: Readonly<Record<string, Scene>> = {
  reset: {
    breaks: true,
    what: 'the connection is reset',
    fault: async (proxy) => cut(proxy, 'reset'),
  },
  'cut at a byte': {
    breaks: true,
    what: 'it ends in the middle of a frame',
    first: (dice) => ({
      cut: { direction: dice() < 0.5 ? 'up' : 'down', after: 400 + Math.floor(dice() * 600), how: 'end' },
    }),
  },
  'half-open': {
    breaks: true,
    what: 'nothing goes through any more, and nobody is told',
    fault: async (proxy) => {
      for (const line of proxy.lines) line.blackhole();
    },
  },
  outage: {
    breaks: true,
    what: `reset, and refused for ${SHUT_MS / 1_000} s`,
    fault: async (proxy) => {
      await proxy.refuse();
      cut(proxy, 'reset');
      await pause(SHUT_MS);
      await proxy.accept();
    },
  },
  unanswered: {
    breaks: true,
    what: `reset, and for ${SWALLOW_MS / 1_000} s new connections are accepted and never answered`,
    fault: async (proxy) => {
      proxy.plan = () => ({ instead: 'hang' });
      cut(proxy, 'reset');
      await pause(SWALLOW_MS);
      proxy.plan = () => ({});
    },
  },
  flapping: {
    breaks: true,
    what: 'reset, and the next two connections are reset after 600 bytes',
    fault: async (proxy) => {
      let left = 2;
      let recovered: () => void = () => {};
      const over = new Promise<void>((resolve) => {
        recovered = resolve;
      });
      proxy.plan = () => {
        if (left-- > 0) return { cut: { direction: 'down', after: 600, how: 'reset' } };
        recovered();
        return {};
      };
      cut(proxy, 'reset');
      await over;
    },
  },
  slow: {
    breaks: false,
    what: 'every byte takes 500 ms more, 2,000 bytes a second: nothing is lost',
    first: () => ({ delay: 500, bytesPerSecond: 2_000 }),
  },
};
