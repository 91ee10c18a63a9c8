/** What runs in the page: an echo of small messages through the bare WebSocket, our transport or our client. */
import type * as Holdline from '../../../../src/index.ts';
import { requestOf } from '../clients/request-of.ts';

/** Sends one message; `took` is called for each that comes. */
type Open = (url: string, took: (message: string) => void) => Promise<(message: string) => void>;

export type PagePeer = 'bare' | 'holdline' | 'holdline-client';

/** The function that the driver calls: `n` messages there and back, `inFlight` at a time. */
export interface PageBench {
  round(peer: PagePeer, n: number): Promise<void>;
}

/** Puts `bench` into the page. `api` is the built package. */
export function install(api: typeof Holdline): void {
  const opened = new Map<PagePeer, Promise<(n: number) => Promise<void>>>();
  const { url, inFlight, bytes } = (globalThis as unknown as { settings: PageSettings }).settings;
  const round = async (peer: PagePeer, n: number): Promise<void> => {
    let run = opened.get(peer);
    if (run === undefined) {
      run = echoOver(openers(api)[peer], url, inFlight, bytes);
      opened.set(peer, run);
    }
    await (await run)(n);
  };
  Object.assign(globalThis, { bench: { round } satisfies PageBench });
}

export interface PageSettings {
  readonly url: string;
  readonly inFlight: number;
  readonly bytes: number;
}

async function echoOver(
  open: Open,
  url: string,
  inFlight: number,
  bytes: number,
): Promise<(n: number) => Promise<void>> {
  const messages = Array.from({ length: 16 }, (_, index) => `${index}`.padStart(bytes, 'abcdefgh'));
  let sent = 0;
  let received = 0;
  let n = 0;
  let finish = (): void => {};
  const send = await open(url, (message) => {
    if (message !== messages[received++ % 16]) throw new Error('A message came back changed.');
    if (sent < n) send(messages[sent++ % 16] as string);
    if (received === n) finish();
  });
  return (count) =>
    new Promise((resolve) => {
      n = count;
      sent = received = 0;
      finish = resolve;
      for (; sent < Math.min(n, inFlight); sent++) send(messages[sent % 16] as string);
    });
}

function openers(api: typeof Holdline): Record<PagePeer, Open> {
  return {
    bare: (url, took) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url);
        socket.onmessage = ({ data }) => took(data as string);
        socket.onerror = () => reject(new Error('The bare socket failed.'));
        socket.onopen = () => resolve((message) => socket.send(message));
      }),
    holdline: async (url, took) => {
      const request = await requestOf(api.createClient, url);
      return new Promise((resolve, reject) => {
        const ignore = (): void => {};
        const transport = api.nativeTransport()(request, {
          open: () => resolve((message) => transport.send(message)),
          text: took,
          binary: ignore,
          ping: ignore,
          pong: ignore,
          drain: ignore,
          close: ({ error }) => reject(error),
        });
      });
    },
    'holdline-client': async (url, took) => {
      const client = api.createClient({ url, envelope: api.raw() });
      client.on('message', (message) => took(message as string));
      await client.ready();
      return (message) => void client.send(message);
    },
  };
}
