// Frames as apimachinery has them.
import { describe, expect, it } from 'vitest';
import { kubernetes } from '../../docs/recipes/kubernetes.ts';
import { begin, survives, type Talk } from './talk.ts';

const frame = (channel: number, text = ''): Uint8Array =>
  Uint8Array.of(channel, ...new TextEncoder().encode(text));
const SUCCESS = JSON.stringify({ kind: 'Status', status: 'Success' });
const FAILURE = JSON.stringify({
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '3' }] },
});

const open = (): Promise<Talk> =>
  begin(
    { url: 'wss://cluster/exec', envelope: kubernetes() },
    { onConnect: (end) => end.accept('v5.channel.k8s.io') },
  );

describe('kubernetes', () => {
  it('offers the versions it knows, and sends each channel', async () => {
    const { client, server } = await open();
    expect(server.last.request.protocols).toEqual(['v5.channel.k8s.io', 'v4.channel.k8s.io']);
    await client.notify('stdin', 'ls\n');
    await client.notify('stdin', Uint8Array.of(255));
    await client.notify('resize', { Width: 80, Height: 24 });
    await client.notify('close', 'stdin');
    expect(server.last.received).toEqual([
      frame(0, 'ls\n'),
      Uint8Array.of(0, 255),
      frame(4, '{"Width":80,"Height":24}'),
      Uint8Array.of(255, 0),
    ]);
    void client.close();
  });

  it.each([
    [SUCCESS, 0],
    [FAILURE, 3],
    ['{"status":"Failure","reason":"InternalError"}', undefined],
    ['no status', undefined],
  ])('hears what is written, and the end by %s', async (status, code) => {
    const { client, say, of } = await open();
    const heard: unknown[] = [];
    client.onAnyEvent(({ name, payload }) => heard.push([name, payload]));
    await say(frame(1), frame(2), frame(1, 'out'), frame(2, 'err'), frame(3, status));
    const text = new TextEncoder();
    expect(heard).toMatchObject([
      ['stdout', text.encode('out')],
      ['stderr', text.encode('err')],
      ['exit', { code }],
    ]);
    expect([client.state.status, of('closed').length]).toEqual(['closed', 1]);
  });

  it('survives whatever comes', () =>
    survives(kubernetes(), [
      frame(1),
      frame(1, 'x'),
      frame(3, FAILURE),
      frame(3, SUCCESS),
      'text',
      frame(9, 'x'),
    ]));
});
