import { describe, expect, test, vi } from 'vitest';
import { sharing } from '../../src/messaging/sharing.ts';
import { useSubscription } from '../../src/react/use-subscription.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { show, stage, under } from './setup.tsx';

const event = (subscription: unknown, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { subscription, result } });

/** Confirms every subscription under the number of its request; what was asked, in order. */
function confirming(): {
  onMessage: (connection: ScriptedConnection, data: unknown) => void;
  asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    onMessage: (connection, data) => {
      const { id, method, params } = JSON.parse(data as string);
      asked.push(`${method} ${JSON.stringify(params)}`);
      connection.send(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'subscribe' ? id : true }));
    },
  };
}

const setUp = () => {
  const { onMessage, asked } = confirming();
  return { ...stage({}, { onMessage }), asked };
};

describe('useSubscription', () => {
  test('shows the latest event; under StrictMode one subscription is left', async () => {
    const { client, pass, then, asked } = setUp();
    const Price = (): string => {
      const { status, data } = useSubscription('ticks', { symbol: 'A' });
      return `${status} ${data}`;
    };
    const { container } = show(client, <Price />);
    expect(container.textContent).toBe('pending undefined');
    await pass();
    expect(asked).toEqual(['subscribe ["ticks",{"symbol":"A"}]']);
    await then((connection) => {
      connection.send(event(1, 5));
      connection.send(event(1, 6));
    });
    expect(container.textContent).toBe('active 6');
  });

  test('of one thing is one on the wire with sharing(): two components, under StrictMode, taken out and put in', async () => {
    const { onMessage, asked } = confirming();
    const { client, pass, then } = stage({ use: [sharing({ replayLast: true })] }, { onMessage });
    const view = show(client, null);
    await pass();
    const Price = (): string => `${useSubscription('ticks', { symbol: 'A' }).data};`;
    const two = (
      <>
        <Price />
        <Price key="other" />
      </>
    );
    view.rerender(under(client, two));
    await pass();
    await then((connection) => connection.send(event(1, 5)));
    expect(view.container.textContent).toBe('5;5;');
    view.rerender(under(client, null));
    view.rerender(under(client, <Price key="late" />));
    await pass();
    expect(view.container.textContent).toBe('5;');
    expect(asked).toEqual(['subscribe ["ticks",{"symbol":"A"}]']);
  });

  test('mounted on a ready line, StrictMode’s first subscription is taken back', async () => {
    const { client, pass, then, asked } = setUp();
    const view = show(client, null);
    await pass();
    const Price = (): string => String(useSubscription('ticks').data);
    view.rerender(under(client, <Price />));
    await pass();
    expect(asked.filter((text) => text.startsWith('subscribe')).length).toBe(2);
    expect(asked.filter((text) => text.startsWith('unsubscribe'))).toEqual(['unsubscribe [1]']);
    await then((connection) => connection.send(event(2, 'live')));
    expect(view.container.textContent).toBe('live');
  });

  test('select sees every event, in order, however few renders there are', async () => {
    const { client, pass, then } = setUp();
    const List = (): string => {
      const { data = [] } = useSubscription<number[]>('ticks', undefined, (tick, before = []) => [
        ...before,
        tick as number,
      ]);
      return data.join(' ');
    };
    const { container } = show(client, <List />);
    await pass();
    await then((connection) => {
      for (const tick of [1, 2, 3, 4]) connection.send(event(1, tick));
    });
    expect(container.textContent).toBe('1 2 3 4');
  });

  test('the select of the latest render is used, without subscribing again', async () => {
    const { client, pass, then, asked } = setUp();
    const Price = ({ unit }: { unit: string }): string =>
      String(useSubscription('ticks', { symbol: 'A' }, (tick) => `${tick} ${unit}`).data);
    const view = show(client, <Price unit="EUR" />);
    await pass();
    view.rerender(under(client, <Price unit="USD" />));
    await then((connection) => connection.send(event(1, 5)));
    expect([view.container.textContent, asked.length]).toEqual(['5 USD', 1]);
  });

  test('other params are another subscription, which shows nothing of the last one', async () => {
    const { client, pass, then, asked } = setUp();
    const texts: string[] = [];
    const Price = ({ symbol }: { symbol: string }): string => {
      const text = `${symbol} ${useSubscription('ticks', { symbol }).data}`;
      texts.push(text);
      return text;
    };
    const view = show(client, <Price symbol="A" />);
    await pass();
    await then((connection) => connection.send(event(1, 5)));
    texts.length = 0;
    view.rerender(under(client, <Price symbol="B" />));
    await pass();
    expect(texts.every((text) => text === 'B undefined')).toBe(true);
    await then((connection) => connection.send(event(1, 'old')));
    const id = asked.filter((text) => text.startsWith('subscribe')).length + 1; // one request between: unsubscribe
    await then((connection) => connection.send(event(id, 7)));
    expect(view.container.textContent).toBe('B 7');
    expect(asked).toContain('unsubscribe [1]');
  });

  test('goes on over a reconnect', async () => {
    const { client, pass, then, asked } = setUp();
    const Price = (): string => String(useSubscription('ticks').data);
    const { container } = show(client, <Price />);
    await pass();
    await then((connection) => connection.send(event(1, 5)));
    await then((connection) => connection.drop());
    expect(container.textContent).toBe('5');
    await pass(60_000);
    expect(asked.length).toBe(2);
    await then((connection) => connection.send(event(2, 6)));
    expect(container.textContent).toBe('6');
  });

  test('is stale while the line is down, until the server has confirmed it anew', async () => {
    const { client, pass, then, clock } = setUp();
    const Price = (): string => {
      const { status, data, lastEventAt } = useSubscription('ticks');
      return `${status} ${data} ${lastEventAt}`;
    };
    const { container } = show(client, <Price />);
    expect(container.textContent).toBe('pending undefined undefined');
    await pass();
    expect(container.textContent).toBe('pending undefined undefined'); // confirmed, and nothing has come
    await then((connection) => connection.send(event(1, 5)));
    const at = clock.wallTime();
    expect(container.textContent).toBe(`active 5 ${at}`);
    await then((connection) => connection.drop());
    expect(container.textContent).toBe(`stale 5 ${at}`);
    await pass(60_000);
    expect(container.textContent).toBe(`active 5 ${at}`); // a stream that is quiet is not stale
    await then((connection) => connection.send(event(2, 6)));
    expect(container.textContent).toBe(`active 6 ${clock.wallTime()}`);
  });

  test('a line lost before the first event leaves it pending', async () => {
    const { client, pass, then } = setUp();
    const Price = (): string => useSubscription('ticks').status;
    const { container } = show(client, <Price />);
    await pass();
    await then((connection) => connection.drop());
    expect(container.textContent).toBe('pending');
  });

  test('says why it is closed, and keeps what it has shown', async () => {
    const { client, pass, then } = setUp();
    const Price = (): string => {
      const { status, data, error } = useSubscription('ticks');
      return `${status} ${data} ${(error as { code?: string } | undefined)?.code}`;
    };
    const { container } = show(client, <Price />);
    await pass();
    await then((connection) => {
      connection.send(event(1, 5));
      connection.send('{"method":"subscription","params":{"subscription":1,"error":{"message":"gone"}}}');
    });
    expect(container.textContent).toBe('closed 5 SUBSCRIPTION_ENDED');
  });

  test('unsubscribes when the component leaves, and renders nothing for it', async () => {
    const { client, pass, asked } = setUp();
    const rendered = vi.fn();
    const Price = (): null => {
      useSubscription('ticks', { symbol: 'A' });
      rendered();
      return null;
    };
    const view = show(client, <Price />);
    await pass();
    const before = rendered.mock.calls.length;
    view.rerender(under(client, null));
    await pass();
    expect(asked.at(-1)).toBe('unsubscribe [1]');
    expect(rendered.mock.calls.length).toBe(before);
  });

  test('hands its options over', async () => {
    const { client, pass, then } = setUp();
    const options = { cursor: (tick: unknown) => tick as number };
    const Count = (): string =>
      String(useSubscription<number>('ticks', undefined, (_tick, count = 0) => count + 1, options).data);
    const { container } = show(client, <Count />);
    await pass();
    await then((connection) => {
      for (const tick of [1, 2, 2]) connection.send(event(1, tick));
    });
    expect(container.textContent).toBe('2');
  });
});
