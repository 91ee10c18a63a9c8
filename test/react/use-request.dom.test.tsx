import { act } from '@testing-library/react';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import type { Contract } from '../../src/client/contract.ts';
import { type UsedRequest, useRequest } from '../../src/react/use-request.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { type Stage, show, stage, under } from './setup.tsx';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

const calls = (connection: ScriptedConnection): Call[] =>
  connection.received.map((text) => JSON.parse(text as string) as Call);
const answer = (connection: ScriptedConnection, at: number, result: unknown): void =>
  connection.send(JSON.stringify({ jsonrpc: '2.0', id: calls(connection)[at]!.id, result }));
const refuse = (connection: ScriptedConnection, at: number, message: string): void =>
  connection.send(
    JSON.stringify({ jsonrpc: '2.0', id: calls(connection)[at]!.id, error: { code: -1, message } }),
  );

/** A component with one hook; `used` is what it returned last. */
async function mounted(stage: Stage): Promise<{
  used: () => UsedRequest<Contract, string>;
  ask: (...params: number[]) => Promise<Promise<unknown>[]>;
  setMethod: (method: string) => void;
  /** The data of every render, oldest first. */
  rendered: unknown[];
  leave: () => void;
}> {
  let latest: UsedRequest<Contract, string>;
  const rendered: unknown[] = [];
  const Asker = ({ method }: { method: string }): null => {
    latest = useRequest(method);
    rendered.push(latest.data);
    return null;
  };
  const view = show(stage.client, <Asker method="sum" />);
  await stage.pass();
  return {
    used: () => latest,
    rendered,
    ask: async (...params) => {
      let replies: Promise<unknown>[] = [];
      await act(async () => {
        replies = params.map((param) => latest.request(param));
        await stage.clock.settle();
      });
      return replies;
    },
    setMethod: (method) => view.rerender(under(stage.client, <Asker method={method} />)),
    leave: () => view.rerender(under(stage.client, null)),
  };
}

const IDLE = { status: 'idle', pending: false, data: undefined, error: undefined };

describe('useRequest', () => {
  test('is idle, then pending, then has the data', async () => {
    const set = stage();
    const { used, ask } = await mounted(set);
    expect(used()).toMatchObject(IDLE);
    const [reply] = await ask(1);
    expect(used()).toMatchObject({ status: 'pending', pending: true, data: undefined, error: undefined });
    expect(calls(set.server.last)).toMatchObject([{ method: 'sum', params: 1 }]);
    await set.then((connection) => answer(connection, 0, 'one'));
    expect(used()).toMatchObject({ status: 'success', data: 'one', error: undefined });
    expect(await reply).toBe('one');
  });

  test('shows the refusal, and keeps the last data meanwhile', async () => {
    const set = stage();
    const { used, ask } = await mounted(set);
    await ask(1);
    await set.then((connection) => answer(connection, 0, 'one'));
    const [reply] = await ask(2);
    expect(used()).toMatchObject({ status: 'pending', data: 'one' });
    await set.then((connection) => refuse(connection, 1, 'too big'));
    expect(used()).toMatchObject({ status: 'error', data: 'one', error: { code: 'REQUEST_REJECTED' } });
    await expect(reply).rejects.toMatchObject({ remoteMessage: 'too big' });
    await ask(3);
    expect(used()).toMatchObject({ status: 'pending', data: 'one', error: undefined });
  });

  test('a failure that nobody waits for is no unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const set = stage();
    const { used, ask } = await mounted(set);
    await ask(1);
    await set.then((connection) => refuse(connection, 0, 'no'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', unhandled);
    expect(used().status).toBe('error');
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('the answer to an older request does not take the place of the newer, whichever comes first', async () => {
    const set = stage();
    const { used, ask } = await mounted(set);
    const [first, second] = await ask(1, 2);
    await set.then((connection) => answer(connection, 0, 'one'));
    expect(used()).toMatchObject({ status: 'pending', data: undefined });
    await set.then((connection) => answer(connection, 1, 'two'));
    expect(used()).toMatchObject({ status: 'success', data: 'two' });
    expect(await Promise.all([first, second])).toEqual(['one', 'two']);

    await ask(3, 4);
    await set.then((connection) => answer(connection, 3, 'four'));
    await set.then((connection) => refuse(connection, 2, 'late'));
    expect(used()).toMatchObject({ status: 'success', data: 'four', error: undefined });
  });

  test('gives up what is under way when the component leaves', async () => {
    const set = stage();
    const { ask, leave } = await mounted(set);
    const [sent, alsoSent] = await ask(1, 2);
    leave();
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    await expect(alsoSent).rejects.toMatchObject({ code: 'ABORTED' });
    expect(set.client.stats().pending).toBe(0);
  });

  test('takes back what was not sent yet', async () => {
    const set = stage({}, { onConnect: () => {} });
    const { ask, leave } = await mounted(set);
    const [waiting] = await ask(1);
    leave();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    await set.then((connection) => connection.accept());
    expect(set.server.last.received).toEqual([]);
  });

  test('reset gives up and forgets; the next request works again', async () => {
    const set = stage();
    const { used, ask } = await mounted(set);
    await ask(1);
    await set.then((connection) => answer(connection, 0, 'one'));
    const [reply] = await ask(2);
    act(() => used().reset());
    await expect(reply).rejects.toMatchObject({ code: 'ABORTED' });
    await set.pass();
    expect(used()).toMatchObject(IDLE);
    await ask(3);
    await set.then((connection) => answer(connection, 2, 'three'));
    expect(used()).toMatchObject({ status: 'success', data: 'three' });
  });

  test('never shows the answer of one method for another, not for one render', async () => {
    const set = stage();
    const { used, ask, setMethod, rendered } = await mounted(set);
    await ask(1);
    await set.then((connection) => answer(connection, 0, 'one'));
    rendered.length = 0;
    setMethod('difference');
    expect(new Set(rendered)).toEqual(new Set([undefined]));
    setMethod('sum');
    const [late] = await ask(2);
    setMethod('product');
    expect(used()).toMatchObject(IDLE);
    await expect(late).rejects.toMatchObject({ code: 'ABORTED' });
    await ask(3);
    expect(calls(set.server.last)[2]).toMatchObject({ method: 'product' });
    await set.then((connection) => answer(connection, 2, 'three'));
    expect(used()).toMatchObject({ status: 'success', data: 'three' });
  });

  test('its functions stay the same from render to render', async () => {
    const set = stage();
    const { used, ask } = await mounted(set);
    const { request, reset } = used();
    await ask(1);
    await set.then((connection) => answer(connection, 0, 'one'));
    expect(used().request).toBe(request);
    expect(used().reset).toBe(reset);
  });

  test('the status tells the types of data and error', () => {
    const check = (used: UsedRequest<{ requests: { sum: { params: number[]; result: number } } }, 'sum'>) => {
      if (used.status === 'success') expectTypeOf(used.data).toEqualTypeOf<number>();
      if (used.status === 'error') expectTypeOf(used.error).toEqualTypeOf<Error>();
      if (used.status === 'idle') expectTypeOf(used.data).toEqualTypeOf<undefined>();
      expectTypeOf(used.request).parameter(0).toEqualTypeOf<number[]>();
      expectTypeOf(used.request).returns.toEqualTypeOf<Promise<number>>();
    };
    expect(check).toBeTypeOf('function');
  });
});
