/** Starts the peers of the matrix: real servers and middlemen, on free ports of this machine. */
import { fileURLToPath } from 'node:url';
import type { WebSocketOptions } from '../../src/node.ts';
import { startEcho } from './echo.ts';
import type { InteropPeerId } from './matrix.ts';
import { type Nginx, type Running, startMicrosocks, startNginx, startTinyproxy } from './middlemen.ts';
import { startPython } from './program.ts';

/** A peer that runs. */
export interface Peer {
  /** Where to connect to. */
  readonly url: string;
  /** How. */
  readonly options: WebSocketOptions;
  /** What its answer says of extensions. */
  readonly extensions: string;
  stop(): Promise<void>;
}

const FOLDER = fileURLToPath(new URL('./peer-servers/', import.meta.url));

/** The narrowest agreement that there is, but for windows of 8 bits, which zlib cannot do. */
const TIGHT = {
  threshold: 0,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 9,
  clientMaxWindowBits: 9,
};

/** How to start each of them. */
export const START: Readonly<Record<InteropPeerId, () => Promise<Peer>>> = {
  ws: async () => direct(await startEcho(), ''),
  'ws-deflate': async () =>
    direct(await startEcho({ perMessageDeflate: { threshold: 0 } }), 'permessage-deflate'),
  'ws-deflate-tight': async () =>
    direct(
      await startEcho({ perMessageDeflate: TIGHT }),
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9',
    ),
  websockets: async () =>
    direct(
      await startPython(`${FOLDER}websockets_peer.py`),
      'permessage-deflate; server_max_window_bits=12; client_max_window_bits=12',
    ),
  'websockets-plain': async () => direct(await startPython(`${FOLDER}websockets_peer.py`, 'plain'), ''),
  gevent: async () => direct(await startPython(`${FOLDER}gevent_peer.py`), ''),
  nginx: () => behindNginx(({ port }) => ({ url: `ws://127.0.0.1:${port}/`, options: {} })),
  'nginx-tls': startNginxTls,
  tinyproxy: async () => through(await startEchoPeer(), await startTinyproxy(), 'http://'),
  'tinyproxy-auth-tls': async () =>
    through(await startNginxTls(), await startTinyproxy('BasicAuth user pass'), 'http://user:pass@'),
  microsocks: async () => through(await startEchoPeer(), await startMicrosocks(), 'socks5://'),
  'microsocks-auth-tls': async () =>
    through(await startNginxTls(), await startMicrosocks('-u', 'user', '-P', 'pass'), 'socks5h://user:pass@'),
};

function direct({ port, stop }: Running, extensions: string): Peer {
  // Small messages too, so that every case is tried compressed where that was agreed.
  return { url: `ws://127.0.0.1:${port}/`, options: { compression: { threshold: 0 } }, extensions, stop };
}

async function startEchoPeer(): Promise<Peer> {
  return direct(await startEcho(), '');
}

/** `peer`, reached through a proxy. */
function through(peer: Peer, proxy: Running, scheme: string): Peer {
  return {
    ...peer,
    options: { ...peer.options, proxy: `${scheme}127.0.0.1:${proxy.port}` },
    stop: async () => {
      await Promise.all([peer.stop(), proxy.stop()]);
    },
  };
}

/** `ws` behind nginx. */
async function behindNginx(peer: (nginx: Nginx) => Pick<Peer, 'url' | 'options'>): Promise<Peer> {
  const echo = await startEcho();
  const nginx = await startNginx(echo.port);
  const stop = async (): Promise<void> => {
    await Promise.all([nginx.stop(), echo.stop()]);
  };
  return { ...peer(nginx), extensions: '', stop };
}

function startNginxTls(): Promise<Peer> {
  return behindNginx(({ tlsPort, ca }) => ({ url: `wss://localhost:${tlsPort}/`, options: { tls: { ca } } }));
}
