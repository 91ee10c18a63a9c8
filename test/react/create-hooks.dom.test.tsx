import { render } from '@testing-library/react';
import { expect, expectTypeOf, test } from 'vitest';
import { createClient } from '../../src/client/create-client.browser.ts';
import { createHooks } from '../../src/react/create-hooks.ts';
import * as hooks from '../../src/react.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';

interface Chat {
  requests: { sum: { params: number[]; result: number }; now: { result: string } };
  events: { tick: { at: number } };
}

const chat = createHooks<Chat>();

test('the hooks of a contract are the hooks', () => {
  const { createHooks: _, ...plain } = hooks;
  expect(chat).toEqual(plain);
});

test('they take the names and types of the contract, and no others', () => {
  const client = createClient<Chat>({ url: 'ws://test', transport: createScriptedServer().transport });
  const { HoldlineProvider, useClient, useEvent, useRequest } = chat;
  const Typed = (): string => {
    const typed = useClient();
    expectTypeOf(() => typed.request('sum', [1])).returns.resolves.toEqualTypeOf<number>();
    useEvent('tick', ({ at }) => expectTypeOf(at).toEqualTypeOf<number>());
    // @ts-expect-error: the contract has no such event
    useEvent('tock', () => {});
    const sum = useRequest('sum');
    if (sum.status === 'success') expectTypeOf(sum.data).toEqualTypeOf<number>();
    // @ts-expect-error: numbers, not a text
    const wrong = (): unknown => sum.request('1 + 2');
    expect(wrong).toBeTypeOf('function');
    const now = useRequest('now');
    const right = (): unknown => now.request();
    expect(right).toBeTypeOf('function');
    // @ts-expect-error: the contract has no such method
    useRequest('product');
    return sum.status;
  };
  const view = render(
    <HoldlineProvider client={client}>
      <Typed />
    </HoldlineProvider>,
  );
  expect(view.container.textContent).toBe('idle');
  view.unmount();
  return client.close();
});
