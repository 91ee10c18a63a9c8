// Frames as the documentation of the Realtime API has them.
import { describe, expect, it } from 'vitest';
import { openAiRealtime } from '../../docs/recipes/openai-realtime.ts';
import { watch } from '../client/set-up.ts';
import { begin, survives, type Talk } from './talk.ts';

const CREATED = { type: 'session.created', event_id: 'e', session: { id: 's' } };
const response = (id: string, key: string, status: string) => ({
  id,
  status,
  metadata: { event_id: key, mine: 1 },
});
const delta = (response_id: string, text: string) => ({
  type: 'response.output_text.delta',
  event_id: 'e',
  response_id,
  delta: text,
});

async function open(): Promise<Talk> {
  const talk = await begin({ envelope: openAiRealtime() });
  await talk.say(CREATED);
  expect(talk.client.state.status).toBe('ready');
  return talk;
}

describe('openAiRealtime', () => {
  it('gives each response what is said of it, and is done when it is', async () => {
    const { client, say, received } = await open();
    const progress = [[], []] as [unknown[], unknown[]];
    const fates = progress.map((all) =>
      watch(
        client.request(
          'response.create',
          { response: { metadata: { mine: 1 } } },
          { progress: (one) => all.push(one) },
        ),
      ),
    );
    expect(received()[0]).toEqual({
      type: 'response.create',
      event_id: 'hl_1',
      response: { metadata: { mine: 1, event_id: 'hl_1' } },
    });
    await say({ type: 'response.created', response: response('b', 'hl_2', 'in_progress') });
    await say({ type: 'response.created', response: response('a', 'hl_1', 'in_progress') });
    await say(delta('a', 'one'), delta('b', 'two'));
    const done = response('b', 'hl_2', 'completed');
    await say({ type: 'response.done', response: done });
    expect(fates.map(({ value }) => value)).toEqual(['pending', done]);
    expect(progress.map((all) => all.map((one: any) => one.delta).filter(Boolean))).toEqual([
      ['one'],
      ['two'],
    ]);
    void client.close();
  });

  it('updates the session, refuses what was wrong by its id, and tells of what is nobody’s', async () => {
    const { client, say, received, of } = await open();
    const [wrong, right] = [
      watch(client.request('session.update', { session: { voice: 'a' } })),
      watch(client.request('session.update', { session: { voice: '?' } })),
    ];
    expect(received()[0]).toEqual({ type: 'session.update', event_id: 'hl_1', session: { voice: 'a' } });
    await say({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'bad', message: 'no', event_id: 'hl_1' },
    });
    await say({ type: 'session.updated', session: { voice: 'a' } });
    expect(right.value).toEqual({ voice: 'a' });
    expect(wrong.value).toMatchObject({ remoteCode: 'bad', remoteMessage: 'no' });
    await say({ type: 'error', error: { type: 'server_error', message: 'later' } });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'later' }]);
    expect(client.state.status).toBe('ready');
    void client.close();
  });

  it('sends the rest as it is, and hears it by its type', async () => {
    const { client, say, received } = await open();
    await client.notify('input_audio_buffer.append', { audio: 'AAAA' });
    expect(received()).toEqual([{ audio: 'AAAA', type: 'input_audio_buffer.append' }]);
    const heard: unknown[] = [];
    client.onEvent('input_audio_buffer.speech_started', (one) => heard.push(one));
    await say({ type: 'input_audio_buffer.speech_started', audio_start_ms: 7 });
    expect(heard).toMatchObject([{ audio_start_ms: 7 }]);
    const abort = new AbortController();
    const fate = watch(client.request('response.create', {}, { signal: abort.signal }));
    abort.abort();
    expect(received().at(-1)).toEqual({ type: 'response.cancel' });
    void client.close();
    expect(fate.settled).toBeLessThanOrEqual(1);
  });

  it('is not let in where the server says something else', async () => {
    const talk = await begin({ envelope: openAiRealtime() });
    await talk.say({ type: 'error', error: { message: 'no such model' } });
    expect(talk.of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
    void talk.client.close();
  });

  it('survives whatever comes', () =>
    survives(openAiRealtime(), [
      ...[CREATED, { type: 'response.created', response: response('a', 'hl_1', 'x') }, delta('a', 'x')],
      ...[
        { type: 'session.updated', session: {} },
        { type: 'error', error: { message: 'x', event_id: 'hl_1' } },
      ],
      { type: 'response.done', response: response('a', 'hl_1', 'completed') },
    ]));
});
