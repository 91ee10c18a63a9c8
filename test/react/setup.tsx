// A client on a virtual clock, in front of a server in memory, and a tree that uses it.
import { act, cleanup, type RenderResult, render } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { afterEach } from 'vitest';
import { createClient } from '../../src/client/create-client.browser.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { HoldlineProvider } from '../../src/react/provider.ts';
import {
  createScriptedServer,
  type ScriptedConnection,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const stages = new Set<Stage>();
afterEach(async () => {
  cleanup();
  for (const { end } of stages) await end();
  stages.clear();
});

/** What a test holds in its hands. */
export interface Stage {
  readonly server: ScriptedServer;
  readonly clock: VirtualClock;
  readonly client: ReturnType<typeof createClient>;
  /** How many listeners the client has now, by the events that were ever listened to. */
  readonly listeners: () => number;
  /** Lets time pass, with everything that React does about it. */
  readonly pass: (ms?: number) => Promise<void>;
  /** Does something on the server's side, and lets React follow. */
  readonly then: (what: (connection: ScriptedConnection) => void) => Promise<void>;
  /** Closes the client; every test ends with it anyway. */
  readonly end: () => Promise<void>;
}

export function stage(options: Partial<ClientOptions> = {}, script: ScriptedServerOptions = {}): Stage {
  const server = createScriptedServer(script);
  const clock = createVirtualClock();
  const client = createClient({ url: 'ws://test', transport: server.transport, clock, ...options });
  let count = 0;
  for (const method of ['on', 'onEvent', 'once'] as const) {
    const original = client[method].bind(client) as (...args: unknown[]) => () => void;
    const counted = (name: string, listener: (event: unknown) => void): (() => void) => {
      count++;
      let listening = true;
      const left = (): void => {
        if (listening) count--;
        listening = false;
      };
      const stop = original(name, (event: unknown) => {
        if (method === 'once') left();
        listener(event);
      });
      return () => {
        left();
        stop();
      };
    };
    Object.defineProperty(client, method, { value: counted, writable: true, configurable: true });
  }
  const pass = async (ms = 1): Promise<void> => {
    await act(() => clock.advance(ms));
  };
  const then: Stage['then'] = async (what) => {
    await act(async () => {
      what(server.last);
      await clock.settle();
    });
  };
  const end: Stage['end'] = async () => {
    await act(() => {
      void client.close();
      return clock.advance(1);
    });
  };
  const made: Stage = { server, clock, client, listeners: () => count, pass, then, end };
  stages.add(made);
  return made;
}

/** Renders under StrictMode, below a provider. */
export function show(client: Stage['client'], children: ReactNode): RenderResult {
  return render(under(client, children));
}

export function under(client: Stage['client'], children: ReactNode): ReactNode {
  return (
    <StrictMode>
      <HoldlineProvider client={client}>{children}</HoldlineProvider>
    </StrictMode>
  );
}

/** A JSON-RPC notification, as the server sends it. */
export const told = (method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });
