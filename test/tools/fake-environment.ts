/** Surroundings that a test rules. */
import type { Environment, EnvironmentEvent } from '../../src/connection/environment.ts';

export interface FakeEnvironment extends Environment {
  online: boolean;
  /** How many listen. */
  readonly listeners: number;
  /** Tells whoever listens; `online` and `offline` are true from then on. */
  tell(event: EnvironmentEvent): void;
}

export function createFakeEnvironment(): FakeEnvironment {
  const listeners = new Set<(event: EnvironmentEvent) => void>();
  return {
    online: true,
    get listeners() {
      return listeners.size;
    },
    watch(tell) {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    tell(event) {
      if (event === 'online' || event === 'offline') this.online = event === 'online';
      for (const listener of listeners) listener(event);
    },
  };
}
