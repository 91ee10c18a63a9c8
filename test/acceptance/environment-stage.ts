/** A page with the whole client in it, and a server behind a proxy that it talks to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { WebSocketServer } from 'ws';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.ts';

/** What a page keeps of its client. */
export interface Diary {
  readonly client: import('../../src/index.ts').Client;
  /** The client's clock, where it stands still until a test moves it. */
  readonly clock: import('../../src/testing.ts').VirtualClock | undefined;
  /** How many pings of ours were made. */
  readonly asked: number;
  /** How many of them were answered. */
  readonly answered: number;
  /** Every change of its state. */
  readonly states: readonly {
    readonly status: string;
    readonly reason: string;
    /** Milliseconds until the next attempt, where one is due. */
    readonly wait: number | undefined;
  }[];
}

/** A silence of this many milliseconds after a ping of ours is the end of a line. */
export const TIMEOUT_MS = 700;

/** A local cause is answered by an attempt within this many milliseconds; the backoff's first range is five times that. */
export const LOCAL_WAIT_MS = 1_000;

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `/`, whose page has the client and the function `start(url, isVirtual)`, and `/elsewhere`. */
export async function startSite(): Promise<Site> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export * from './index.ts'; export { createVirtualClock } from './testing.ts';",
      resolveDir: fileURLToPath(new URL('../../src', import.meta.url)),
    },
    format: 'iife',
    globalName: 'holdline',
    bundle: true,
    platform: 'browser',
    write: false,
  });
  const library = outputFiles[0]!.text;
  const head = '<!doctype html><link rel="icon" href="data:,">';
  const pages: Readonly<Record<string, string>> = {
    '/': `${head}<script src="/holdline.js"></script><script>${START}</script>`,
    '/elsewhere': `${head}elsewhere`,
  };
  const server = createServer(({ url = '/' }, response) => {
    const isScript = url === '/holdline.js';
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? library : pages[url]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** In the page: makes a client whose own pings are far apart, so that what is asked at once is seen. */
const START = `
  async function start(url, isVirtual = false) {
    const clock = isVirtual ? holdline.createVirtualClock() : undefined;
    const diary = { client: undefined, clock, asked: 0, answered: 0, states: [] };
    globalThis.diary = diary;
    const client = (diary.client = holdline.createClient({
      url,
      clock,
      envelope: holdline.raw(),
      heartbeat: {
        interval: 60_000,
        timeout: ${TIMEOUT_MS},
        ping: {
          message: () => {
            diary.asked++;
            return 'ping';
          },
          isAnswer: (data) => data === 'pong',
        },
      },
    }));
    client.on('rtt', () => diary.answered++);
    client.on('state', ({ current: { status, reason, retryAt } }) => {
      diary.states.push({ status, reason, wait: retryAt === undefined ? undefined : retryAt - Date.now() });
    });
    await client.ready();
  }
  function echo(text) {
    return new Promise((resolve) => {
      diary.client.once('message', resolve);
      void diary.client.send(text);
    });
  }
`;

export interface Partner {
  readonly url: string;
  /** Between the page and the server. */
  readonly proxy: FaultProxy;
  /** Code and reason of every Close frame that came; 1006 for none. */
  readonly closes: readonly string[];
  /** How many pings of ours came. */
  readonly pings: number;
  close(): Promise<void>;
}

/** Answers `ping` by `pong` and anything else by its echo. */
export async function startPartner(): Promise<Partner> {
  const closes: string[] = [];
  let pings = 0;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('close', (code, reason) => closes.push(`${code} ${reason}`));
    socket.on('message', (data) => {
      const isPing = String(data) === 'ping';
      if (isPing) pings++;
      socket.send(isPing ? 'pong' : `echo ${data}`);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const proxy = await startFaultProxy((server.address() as AddressInfo).port);
  return {
    url: `ws://127.0.0.1:${proxy.port}/`,
    proxy,
    closes,
    get pings() {
      return pings;
    },
    close: async () => {
      await proxy.close();
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
