import { act, render } from '@testing-library/react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { describe, expect, test, vi } from 'vitest';
import { type ConnectionState, INITIAL_STATE } from '../../src/connection/states.ts';
import { HoldlineProvider } from '../../src/react/provider.ts';
import { useConnection } from '../../src/react/use-connection.ts';
import { show, stage, under } from './setup.tsx';

describe('useConnection', () => {
  test('follows the state through a lost line and back', async () => {
    const { client, pass, then, end } = stage();
    const Status = (): string => useConnection().status;
    const { container } = show(client, <Status />);
    expect(container.textContent).toBe('connecting');
    await pass();
    expect(container.textContent).toBe('ready');
    await then((connection) => connection.drop());
    expect(container.textContent).toBe('waiting');
    await pass(60_000);
    expect(container.textContent).toBe('ready');
    await end();
    expect(container.textContent).toBe('closed');
  });

  test('renders once for each change, and gives the same object in between', async () => {
    const { client, pass, then } = stage();
    const seen: ConnectionState[] = [];
    const Reader = (): null => {
      seen.push(useConnection());
      return null;
    };
    const tree = (
      <HoldlineProvider client={client}>
        <Reader />
      </HoldlineProvider>
    );
    const view = render(tree); // without StrictMode, which renders twice
    await pass();
    expect(seen.map(({ status }) => status)).toEqual(['idle', 'connecting', 'ready']);
    await then((connection) => connection.drop());
    expect(seen.map(({ status }) => status).slice(3)).toEqual(['waiting']);
    view.rerender(tree);
    expect(seen.at(-1)).toBe(client.state);
    expect(Object.isFrozen(seen.at(-1))).toBe(true);
  });

  test('shows the measured round trip', async () => {
    const { client, pass, clock, then } = stage({ heartbeat: { interval: 1_000 } }, { answerPings: false });
    const Rtt = (): string => String(useConnection().rtt);
    const { container } = show(client, <Rtt />);
    await pass();
    expect(container.textContent).toBe('undefined');
    await pass(1_200); // a Ping within 1.2 s, whatever the jitter
    await pass(7);
    await then((connection) => connection.pong());
    expect(Number(container.textContent)).toBeGreaterThanOrEqual(7);
    expect(clock.pendingTimers).toBeGreaterThan(0);
  });

  test('with a selector renders only when what it selects has changed', async () => {
    const { client, pass, then } = stage();
    const rendered = vi.fn();
    const Ready = (): string => {
      const isReady = useConnection((state) => state.status === 'ready');
      rendered(isReady);
      return String(isReady);
    };
    const view = render(
      <HoldlineProvider client={client}>
        <Ready />
      </HoldlineProvider>,
    );
    await pass();
    await then((connection) => connection.drop());
    await pass(60_000); // waiting, connecting, ready
    expect(view.container.textContent).toBe('true');
    expect(rendered.mock.calls.flat()).toEqual([false, true, false, true]);
  });

  test('never shows two components different states in one commit', async () => {
    const { client, pass, then, end } = stage();
    const torn: string[] = [];
    const Pair = ({ left, right }: { left: string; right: string }): null => {
      if (left !== right) torn.push(`${left} / ${right}`);
      return null;
    };
    const Readers = (): React.ReactNode => {
      const left = useConnection().status;
      return <Right left={left} />;
    };
    const Right = ({ left }: { left: string }): React.ReactNode => (
      <Pair left={left} right={useConnection().status} />
    );
    show(client, <Readers />);
    await pass();
    await then((connection) => connection.drop());
    await pass(60_000);
    await end();
    expect(torn).toEqual([]);
  });

  test('removes its listeners', async () => {
    const { client, pass, listeners } = stage();
    const Status = (): string => useConnection().status;
    const view = show(client, [<Status key="1" />, <Status key="2" />]);
    await pass();
    expect(listeners()).toBe(4); // state and rtt for each
    view.rerender(under(client, <Status key="1" />));
    expect(listeners()).toBe(2);
    view.unmount();
    expect(listeners()).toBe(0);
  });

  test('a server renders the first state, and the browser takes that page over without a complaint', async () => {
    const { client, pass } = stage();
    client.connect(); // before React: the browser's state is another by now
    await pass();
    expect(client.state.status).toBe('ready');
    const Everything = (): string => JSON.stringify(useConnection());
    const tree = under(client, <Everything />);
    const html = renderToString(tree);
    const container = document.createElement('div');
    container.innerHTML = html;
    expect(JSON.parse(container.textContent)).toEqual(JSON.parse(JSON.stringify(INITIAL_STATE)));
    const complaint = vi.fn();
    const root = await act(() => hydrateRoot(container, tree, { onRecoverableError: complaint }));
    expect(complaint).not.toHaveBeenCalled();
    expect(JSON.parse(container.textContent)).toMatchObject({ status: 'ready' });
    await act(() => root.unmount());
  });
});
