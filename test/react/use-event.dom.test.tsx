import { useLayoutEffect, useState } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { raw } from '../../src/messaging/raw.ts';
import { useClientEvent, useEvent } from '../../src/react/use-event.ts';
import { show, stage, told, under } from './setup.tsx';

describe('useEvent', () => {
  test('hands over every event exactly once, however fast they come', async () => {
    const { client, pass, then } = stage();
    const List = (): string => {
      const [ticks, setTicks] = useState<unknown[]>([]);
      useEvent('tick', (tick) => setTicks((before) => [...before, tick]));
      return ticks.join(' ');
    };
    const { container } = show(client, <List />);
    await pass();
    await then((connection) => {
      for (let tick = 1; tick <= 5; tick++) connection.send(told('tick', tick));
      connection.send(told('tock', 6));
    });
    expect(container.textContent).toBe('1 2 3 4 5');
  });

  test('calls the handler of the latest render without subscribing again', async () => {
    const { client, pass, then } = stage();
    const subscribed = vi.spyOn(client, 'onEvent');
    const heard: string[] = [];
    const Listener = ({ name }: { name: string }): null => {
      useEvent('tick', () => heard.push(name));
      return null;
    };
    const view = show(client, <Listener name="first" />);
    await pass();
    const before = subscribed.mock.calls.length;
    await then((connection) => connection.send(told('tick', 1)));
    view.rerender(under(client, <Listener name="second" />));
    await then((connection) => connection.send(told('tick', 2)));
    expect(heard).toEqual(['first', 'second']);
    expect(subscribed.mock.calls.length).toBe(before);
  });

  test('a layout effect of the same commit meets the new handler', async () => {
    const { server, client, pass } = stage();
    const heard: string[] = [];
    const Listener = ({ name }: { name: string }): null => {
      useLayoutEffect(() => {
        if (name === 'second') server.last.send(told('tick', 1));
      }, [name]);
      useEvent('tick', () => heard.push(name));
      return null;
    };
    const view = show(client, <Listener name="first" />);
    await pass();
    view.rerender(under(client, <Listener name="second" />));
    expect(heard).toEqual(['second']);
  });

  test('follows another name', async () => {
    const { client, pass, then, listeners } = stage();
    const heard: unknown[] = [];
    const Listener = ({ event }: { event: string }): null => {
      useEvent(event, (payload) => heard.push(payload));
      return null;
    };
    const view = show(client, <Listener event="a" />);
    await pass();
    view.rerender(under(client, <Listener event="b" />));
    await then((connection) => {
      connection.send(told('a', 'old'));
      connection.send(told('b', 'new'));
    });
    expect(heard).toEqual(['new']);
    expect(listeners()).toBe(1);
  });

  test('stops listening when the component leaves', async () => {
    const { client, pass, then, listeners } = stage();
    const handler = vi.fn();
    const Listener = (): null => {
      useEvent('tick', handler);
      return null;
    };
    const view = show(client, <Listener />);
    await pass();
    expect(listeners()).toBe(1); // the one of StrictMode's first mount is gone
    view.rerender(under(client, null));
    expect(listeners()).toBe(0);
    await then((connection) => connection.send(told('tick', 1)));
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('useClientEvent', () => {
  test('hands over plain messages and what happens to the client', async () => {
    const { client, pass, then, listeners } = stage({ envelope: raw() });
    const heard: unknown[] = [];
    const Listener = (): null => {
      useClientEvent('message', (message) => heard.push(message));
      useClientEvent('reconnected', ({ epoch }) => heard.push(epoch));
      return null;
    };
    const view = show(client, <Listener />);
    await pass();
    await then((connection) => connection.send('Hello'));
    await then((connection) => connection.drop());
    await pass(60_000);
    expect(heard).toEqual(['Hello', 2]);
    view.unmount();
    expect(listeners()).toBe(0);
  });
});
