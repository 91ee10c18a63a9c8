/** Starts the peers of the matrix: real servers and middlemen, on free ports of this machine. */
import { fileURLToPath } from 'node:url';
import type { WebSocketOptions } from '../../src/node.ts';
import { createCertificate } from '../tools/certificates.ts';
import { startEcho } from './echo.ts';
import type { InteropPeerId } from './matrix.ts';
import { type ConfigFolder, configFolder, freePort, startProgram, startPython } from './program.ts';

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

interface Running {
  readonly port: number;
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
  nginx: async () => {
    const nginx = await startNginx();
    return { url: `ws://127.0.0.1:${nginx.port}/`, options: {}, extensions: '', stop: nginx.stop };
  },
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

async function startTinyproxy(...lines: readonly string[]): Promise<Running> {
  const port = await freePort();
  const config = configFolder('tinyproxy.conf', () =>
    [`Port ${port}`, 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'MaxClients 50', 'Timeout 60', ...lines].join(
      '\n',
    ),
  );
  return start('tinyproxy', ['-d', '-c', config.file], port, config);
}

async function startMicrosocks(...args: readonly string[]): Promise<Running> {
  const port = await freePort();
  return start('microsocks', ['-i', '127.0.0.1', '-p', String(port), ...args], port);
}

async function startNginxTls(): Promise<Peer> {
  const { tlsPort, ca, stop } = await startNginx();
  return { url: `wss://localhost:${tlsPort}/`, options: { tls: { ca } }, extensions: '', stop };
}

interface Nginx extends Running {
  readonly tlsPort: number;
  readonly ca: string;
}

/** nginx in front of an echo server: plain on one port, as the end of TLS on another. */
async function startNginx(): Promise<Nginx> {
  const echo = await startEcho();
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { key, cert } = createCertificate({ names: 'DNS:localhost,IP:127.0.0.1' });
  const config = configFolder('nginx.conf', (folder) =>
    nginxConfig({ folder, port, tlsPort, to: echo.port }),
  );
  config.add('key.pem', key);
  config.add('cert.pem', cert);
  const nginx = await start('nginx', ['-p', config.folder, '-e', 'stderr', '-c', config.file], port, config);
  const stop = async (): Promise<void> => {
    await Promise.all([nginx.stop(), echo.stop()]);
  };
  return { port, tlsPort, ca: cert, stop };
}

function nginxConfig(at: { folder: string; port: number; tlsPort: number; to: number }): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    master_process off;
    pid ${at.folder}/nginx.pid;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${at.folder}/${name};`).join('\n')}
      server {
        listen 127.0.0.1:${at.port};
        listen 127.0.0.1:${at.tlsPort} ssl;
        ssl_certificate ${at.folder}/cert.pem;
        ssl_certificate_key ${at.folder}/key.pem;
        location / {
          proxy_pass http://127.0.0.1:${at.to};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection "upgrade";
        }
      }
    }`;
}

async function start(
  name: string,
  args: readonly string[],
  port: number,
  config?: ConfigFolder,
): Promise<Running> {
  const program = startProgram(name, args);
  const stop = async (): Promise<void> => {
    await program.stop();
    config?.remove();
  };
  try {
    await program.listens(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}
