/** Proxies and servers in between, of others: each on a free port of this machine. */
import { createCertificate } from '../tools/certificates.ts';
import { type ConfigFolder, configFolder, freePort, startProgram } from './program.ts';

export interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

export interface Nginx extends Running {
  readonly tlsPort: number;
  readonly ca: string;
}

/** An HTTP proxy. `lines` go into its configuration. */
export async function startTinyproxy(...lines: readonly string[]): Promise<Running> {
  const port = await freePort();
  const config = configFolder('tinyproxy.conf', () =>
    [`Port ${port}`, 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'MaxClients 50', 'Timeout 60', ...lines].join(
      '\n',
    ),
  );
  return { port, ...(await start('tinyproxy', ['-d', '-c', config.file], [port], config)) };
}

/** A SOCKS5 proxy. */
export async function startMicrosocks(...args: readonly string[]): Promise<Running> {
  const port = await freePort();
  return { port, ...(await start('microsocks', ['-i', '127.0.0.1', '-p', String(port), ...args], [port])) };
}

/** nginx in front of the server on port `to`: plain on one port, as the end of TLS on another. */
export async function startNginx(to: number): Promise<Nginx> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { key, cert } = createCertificate({ names: 'DNS:localhost,IP:127.0.0.1' });
  const config = configFolder('nginx.conf', (folder) => nginxConfig({ folder, port, tlsPort, to }));
  config.add('key.pem', key);
  config.add('cert.pem', cert);
  const args = ['-p', config.folder, '-e', 'stderr', '-c', config.file];
  const { stop } = await start('nginx', args, [port, tlsPort], config);
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
  ports: readonly number[],
  config?: ConfigFolder,
): Promise<Pick<Running, 'stop'>> {
  const program = startProgram(name, args);
  const stop = async (): Promise<void> => {
    await program.stop();
    config?.remove();
  };
  try {
    // One after the other, as it begins to listen: nothing says in which order.
    for (const port of ports) await program.listens(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
