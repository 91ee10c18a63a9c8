// Frames as jupyter-server 1.23 sends them; test/servers has the real one.
import { expect, it } from 'vitest';
import { jupyter } from '../../docs/recipes/jupyter.ts';
import { watch } from '../client/set-up.ts';
import { begin, survives } from './talk.ts';

const message = (msg_type: string, parent: string, content: object, channel = 'iopub', msg_id = 'k1') => ({
  channel,
  header: { msg_id, msg_type, session: 'kernel', username: '', date: '', version: '5.3' },
  parent_header: { msg_id: parent },
  metadata: {},
  content,
  buffers: [],
});
const idle = (parent: string) => message('status', parent, { execution_state: 'idle' });
const reply = (parent: string, content: object = { status: 'ok' }) =>
  message('execute_reply', parent, content, 'shell');
const stream = (parent: string) => message('stream', parent, { name: 'stdout', text: 'x' });

it('is over when the reply and the outputs are there, whichever is first', async () => {
  const { client, say, received } = await begin({ envelope: jupyter('me') });
  for (const frames of [
    (key: string) => [reply(key), stream(key), idle(key)],
    (key: string) => [stream(key), idle(key), reply(key)],
  ]) {
    const outputs: unknown[] = [];
    const progress = (one: any): unknown => outputs.push(one.type);
    const fate = watch(client.request('execute_request', { code: 'x' }, { progress }));
    const { header } = received().at(-1) as { header: { msg_id: string } };
    expect(received().at(-1)).toMatchObject({
      channel: 'shell',
      header: { session: 'me' },
      content: { code: 'x' },
    });
    const [first, second, third] = frames(header.msg_id);
    await say(first, second);
    expect(fate.value).toBe('pending');
    await say(third);
    expect(fate.value).toEqual({ status: 'ok' });
    expect(outputs).toContain('stream');
  }
  void client.close();
});

it('fails as the code does, asks us, and tells what others do', async () => {
  const { client, say, received } = await begin({ envelope: jupyter('me') });
  client.handle('input_request', ({ prompt }: any) => `to ${prompt}`);
  const heard: unknown[] = [];
  client.onEvent('stream', (content) => heard.push(content));
  const fate = watch(client.request('execute_request', { code: 'x' }));
  await say(
    message('input_request', 'me-1', { prompt: 'who' }, 'stdin', 'k7'),
    reply('me-1', { status: 'error', ename: 'NameError', evalue: 'a' }),
    idle('me-1'),
    stream('other'),
  );
  expect(received()[1]).toMatchObject({
    channel: 'stdin',
    header: { msg_type: 'input_reply' },
    parent_header: { msg_id: 'k7' },
    content: { value: 'to who' },
  });
  expect(fate.value).toMatchObject({ remoteCode: 'NameError', remoteMessage: 'a' });
  expect(heard).toEqual([{ name: 'stdout', text: 'x' }]);
  void client.close();
});

it('survives whatever comes', () =>
  survives(jupyter('me'), [
    ...[reply('me-1'), idle('me-1'), stream('me-1'), reply('me-2', { status: 'error' }), stream('other')],
    message('input_request', 'me-1', { prompt: 'who' }, 'stdin', 'k7'),
  ]));
