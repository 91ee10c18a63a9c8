// A client that the provider, or the hooks, make and close themselves.
import { render } from '@testing-library/react';
import { Fragment, type ReactNode, StrictMode } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { createClient } from '../../src/client/create-client.browser.ts';
import { createHooks } from '../../src/react/create-hooks.ts';
import { HoldlineProvider, useClient } from '../../src/react/provider.ts';
import { useConnection } from '../../src/react/use-connection.ts';
import { stage } from './setup.tsx';

const setUp = () => {
  const { server, clock, pass } = stage();
  const make = vi.fn((name = 'a') =>
    createClient({ url: `ws://test/${name}`, transport: server.transport, clock }),
  );
  const open = (): number => server.connections.filter(({ state }) => state !== 'closed').length;
  return { server, clock, pass, make, open };
};

const Status = (): string => useConnection().status;

describe.each([
  ['StrictMode', StrictMode],
  ['no StrictMode', Fragment],
])('a provider with create, under %s', (_, Mode) => {
  test('opens one connection, and closes it when it goes', async () => {
    const { server, pass, make, open } = setUp();
    const view = render(
      <Mode>
        <HoldlineProvider create={make}>
          <Status />
        </HoldlineProvider>
      </Mode>,
    );
    await pass();
    expect([view.container.textContent, server.connections.length]).toEqual(['ready', 1]);
    view.unmount();
    await pass(1000);
    expect([open(), server.connections.length]).toEqual([0, 1]);
  });

  test('keeps its client whatever is rendered, and takes a new one when deps change', async () => {
    const { server, pass, make, open } = setUp();
    const clients = new Set<unknown>();
    const Reader = (): null => {
      clients.add(useClient());
      return null;
    };
    const Room = ({ name, children }: { name: string; children: ReactNode }): ReactNode => (
      <HoldlineProvider create={() => make(name)} deps={[name]}>
        {children}
      </HoldlineProvider>
    );
    const room = (name: string): ReactNode => (
      <Mode>
        <Room name={name}>
          <Status />
          <Reader />
        </Room>
      </Mode>
    );
    const view = render(room('a'));
    await pass();
    clients.clear();
    view.rerender(room('a'));
    await pass();
    expect([clients.size, server.connections.length]).toEqual([1, 1]);
    view.rerender(room('b'));
    await pass(1000);
    expect(view.container.textContent).toBe('ready');
    expect([open(), server.connections.length]).toEqual([1, 2]);
    expect(server.connections.map(({ state }) => state)).toEqual(['closed', 'open']);
    view.unmount();
    await pass(1000);
    expect([open(), server.connections.length]).toEqual([0, 2]);
  });
});

describe('hooks with create', () => {
  test('share one client among their providers, closed with the last and opened again for the next', async () => {
    const { server, pass, make, open } = setUp();
    const hooks = createHooks({ create: make });
    const page = (
      <StrictMode>
        <hooks.HoldlineProvider>
          <Status />
        </hooks.HoldlineProvider>
      </StrictMode>
    );
    const [first, second] = [render(page), render(page)];
    await pass();
    expect([first.container.textContent, second.container.textContent]).toEqual(['ready', 'ready']);
    expect([server.connections.length, make.mock.calls.length]).toEqual([1, 1]);
    first.unmount();
    await pass(1000);
    expect(open()).toBe(1);
    second.unmount();
    await pass(1000);
    expect(open()).toBe(0);
    const third = render(page);
    await pass(1000);
    expect([third.container.textContent, open(), make.mock.calls.length]).toEqual(['ready', 1, 1]);
    third.unmount();
    await pass(1000);
    expect(open()).toBe(0);
  });
});
