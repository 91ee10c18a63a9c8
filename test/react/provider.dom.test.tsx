import { render } from '@testing-library/react';
import { StrictMode, useEffect, useLayoutEffect } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, test, vi } from 'vitest';
import { isHoldlineError } from '../../src/base/errors.ts';
import { HoldlineProvider, type HoldlineProviderProps, useClient } from '../../src/react/provider.ts';
import { useConnection } from '../../src/react/use-connection.ts';
import { useEvent } from '../../src/react/use-event.ts';
import { useRequest } from '../../src/react/use-request.ts';
import { useSubscription } from '../../src/react/use-subscription.ts';
import { show, stage, told, under } from './setup.tsx';

describe('HoldlineProvider', () => {
  test('makes one connection under StrictMode, not two', async () => {
    const { server, client, pass } = stage();
    let mounts = 0;
    const Counter = (): null => {
      useEffect(() => {
        mounts++;
      }, []);
      return null;
    };
    const view = show(client, <Counter />);
    await pass();
    expect(mounts).toBe(2); // StrictMode is at work
    expect(server.connections).toHaveLength(1);
    expect(client.state.status).toBe('ready');
    view.rerender(under(client, <Counter />));
    await pass();
    expect(server.connections).toHaveLength(1);
  });

  test('connects after its children listen: nothing of the first line is missed', async () => {
    const { client, pass } = stage(
      {},
      {
        onConnect: (connection) => {
          connection.accept();
          connection.send(told('welcome', { to: 'you' })); // in the same segment as the handshake
        },
      },
    );
    const handler = vi.fn();
    const Listener = (): null => {
      useEvent('welcome', handler);
      return null;
    };
    show(client, <Listener />);
    await pass();
    expect(handler.mock.calls).toEqual([[{ to: 'you' }]]);
  });

  test('leaves the client open when it goes', async () => {
    const { client, pass, listeners } = stage();
    const view = show(client, null);
    await pass();
    view.unmount();
    await pass();
    expect(client.state.status).toBe('ready');
    expect(listeners()).toBe(0);
  });

  test('a caller may close the client in an effect, under StrictMode too', async () => {
    const { server, client, pass } = stage();
    const Owner = (): React.ReactNode => {
      useEffect(() => () => void client.close(), []);
      return <HoldlineProvider client={client} />;
    };
    const view = render(<Owner />, { wrapper: StrictMode });
    await pass(1000);
    expect(client.state.status).toBe('ready');
    expect(server.connections.filter(({ state }) => state === 'open')).toHaveLength(1);
    view.unmount();
    await pass(1000);
    expect(client.state.status).toBe('closed');
    expect(server.connections.filter(({ state }) => state !== 'closed')).toHaveLength(0);
  });

  test('a child may ask on mount, under an owner that closes the client', async () => {
    const { client, server, pass } = stage();
    const results: unknown[] = [];
    const Child = (): null => {
      const own = useClient();
      useEffect(() => {
        own.send('hello').then(
          ({ outcome }) => results.push(outcome),
          (error) => results.push(error.code),
        );
      }, [own]);
      return null;
    };
    const Owner = (): React.ReactNode => {
      useEffect(() => () => void client.close(), []);
      return (
        <HoldlineProvider client={client}>
          <Child />
        </HoldlineProvider>
      );
    };
    render(<Owner />, { wrapper: StrictMode });
    await pass(1000);
    // StrictMode takes the first mount back, and with it what it asked.
    expect(results).toEqual(['CLIENT_CLOSED', 'handed-off']);
    expect(server.last.received).toEqual(['"hello"']);
  });

  test('connects again when it comes back while the old line is closing', async () => {
    const { server, client, pass } = stage();
    const first = show(client, null);
    await pass();
    first.unmount();
    void client.close();
    show(client, null);
    expect(client.state.status).toBe('closing');
    await pass(1000);
    expect(client.state.status).toBe('ready');
    expect(server.connections.map(({ state }) => state)).toEqual(['closed', 'open']);
  });

  test('takes another client in the place of the first', async () => {
    const one = stage();
    const other = stage();
    const Status = (): string => useConnection().status;
    const view = show(one.client, <Status />);
    await one.pass();
    view.rerender(under(other.client, <Status />));
    expect(view.container.textContent).toBe('connecting');
    await other.pass();
    expect(view.container.textContent).toBe('ready');
    expect(one.listeners()).toBe(0);
  });
});

describe('without a provider', () => {
  test.each([
    ['useClient', () => useClient()],
    ['useConnection', () => useConnection()],
    ['useEvent', () => useEvent('tick', () => {})],
    ['useRequest', () => useRequest('sum')],
  ])('%s says what is missing', (_, useHook) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const Lost = (): null => {
      useHook();
      return null;
    };
    let thrown: unknown;
    try {
      render(<Lost />);
    } catch (error) {
      thrown = error;
    }
    expect(isHoldlineError(thrown)).toBe(true);
    expect(thrown).toMatchObject({
      name: 'UsageError',
      code: 'INVALID_STATE',
      message: expect.stringContaining('<HoldlineProvider client>'),
    });
  });
});

test('useClient gives the very client', async () => {
  const { client, pass } = stage();
  const seen = vi.fn();
  const Reader = (): null => {
    seen(useClient());
    return null;
  };
  show(client, <Reader />);
  await pass();
  expect(new Set(seen.mock.calls.flat())).toEqual(new Set([client]));
});

describe('what is wrong is refused by name', () => {
  const refusal = (message: string) => expect.objectContaining({ code: 'INVALID_OPTION', message });
  const Wrong = ({ use }: { use: () => unknown }): null => {
    use();
    return null;
  };

  test.each([
    [{ client: undefined }, 'The option client of HoldlineProvider must be given.'],
    [
      { client: {} },
      'The option client of HoldlineProvider must be an object with connect, request. It is an object without connect, request.',
    ],
    [{ clients: [] }, 'The option clients of HoldlineProvider is unknown. Did you mean client?'],
  ])('the properties %j', (props, message) => {
    expect(() =>
      renderToString(<HoldlineProvider {...(props as unknown as HoldlineProviderProps)} />),
    ).toThrow(refusal(message));
  });

  test.each([
    [
      () => useConnection('status' as never),
      'The option select of useConnection must be a function. It is "status".',
    ],
    [() => useEvent('tick', 5 as never), 'The option handler must be a function. It is 5.'],
    [
      () => useSubscription('ticks', 1, { maxEvents: 5 } as never),
      'The option select of useSubscription must be a function. It is an object.',
    ],
  ])('the arguments of a hook: %s', (use, message) => {
    const { client } = stage();
    expect(() => renderToString(under(client, <Wrong use={use} />))).toThrow(refusal(message));
  });

  test('a signal for a request, which reset() gives up', () => {
    const { client } = stage();
    const ask = (): unknown => useRequest('sum').request([1], { signal: AbortSignal.abort() } as object);
    expect(() => renderToString(under(client, <Wrong use={ask} />))).toThrow(
      refusal(
        'The options of request must be an object without a signal: reset() gives up. It is an object.',
      ),
    );
  });
});

test('on a server the effect of a provider is one that React 18 does not warn of', async () => {
  const { useBefore } = await import('../../src/react/provider.ts');
  expect(useBefore).toBe(useLayoutEffect);
  vi.stubGlobal('window', undefined);
  vi.resetModules();
  const { useBefore: onServer } = await import('../../src/react/provider.ts');
  expect(onServer).toBe((await import('react')).useEffect);
});
