/**
 * A network of its own (Linux, root): servers are reached through a pair of virtual cards, and the kernel on their side can be
 * told to swallow what it sends. Then no byte and no acknowledgement comes back, and nobody is told: TCP as it is on a line
 * that is dead.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HERE = '10.213.77.1';
const THERE = '10.213.77.2';

export interface Namespace {
  readonly host: string;
  /** From now on nothing comes back. */
  swallow(): void;
  heal(): void;
  close(): Promise<void>;
}

/** Why there is no such thing on this machine, or undefined. */
export function whyNoNamespace(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('ip', ['netns', 'list'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs `ip netns` (Debian: iproute2)';
  }
}

/** In the network: from its ports to sockets in the file system, which all networks share. */
const RELAY = `
  const { connect, createServer } = require('node:net');
  const [host, folder, ...ports] = process.argv.slice(1);
  let left = ports.length;
  // Whoever began it is gone.
  process.stdin.on('close', () => process.exit()).resume();
  for (const port of ports)
    createServer({ noDelay: true }, (client) => {
      const server = connect(folder + '/' + port);
      for (const [one, other] of [[client, server], [server, client]])
        one.on('error', () => {}).on('close', () => other.destroy()).pipe(other);
    }).listen(Number(port), host, () => --left || console.log('listens'));`;

/** Networks of runs that were ended before they could take them away. Their cards have the same addresses. */
function sweep(): void {
  for (const line of execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n')) {
    const [, name, pid] = /^(holdline-(\d+))/.exec(line) ?? [];
    if (name !== undefined && !existsSync(`/proc/${pid}`)) execFileSync('ip', ['netns', 'delete', name]);
  }
}

/** Servers on `ports` of loopback are on the same ports there. */
export async function openNamespace(ports: readonly number[]): Promise<Namespace> {
  const name = `holdline-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), 'holdline-chaos-'));
  const ip = (...args: string[]): unknown =>
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const inside = (...args: string[]): unknown => ip('-n', name, ...args);
  const servers: Server[] = [];
  let relay: ChildProcess | undefined;
  const close = async (): Promise<void> => {
    relay?.kill('SIGKILL');
    for (const server of servers) server.close();
    ip('netns', 'delete', name);
    rmSync(folder, { recursive: true, force: true });
  };
  sweep();
  ip('netns', 'add', name);
  try {
    const [card, far] = [`hl${process.pid}`, `hm${process.pid}`];
    ip('link', 'add', card, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    ip('address', 'add', `${HERE}/30`, 'dev', card);
    ip('link', 'set', card, 'up');
    inside('address', 'add', `${THERE}/30`, 'dev', far);
    inside('link', 'set', far, 'up');
    for (const port of ports) {
      const server = createServer({ noDelay: true }, (client) => {
        const target = connect({ port, host: '127.0.0.1', noDelay: true });
        client
          .on('error', () => {})
          .on('close', () => target.destroy())
          .pipe(target);
        target
          .on('error', () => {})
          .on('close', () => client.destroy())
          .pipe(client);
      }).listen(join(folder, String(port)));
      await once(server, 'listening');
      servers.push(server);
    }
    const args = [
      'netns',
      'exec',
      name,
      process.execPath,
      '-e',
      RELAY,
      '--',
      THERE,
      folder,
      ...ports.map(String),
    ];
    relay = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(relay.stdout as NodeJS.ReadableStream, 'data');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host: THERE,
    swallow: () => void inside('route', 'add', 'blackhole', `${HERE}/32`),
    heal: () => void inside('route', 'delete', 'blackhole', `${HERE}/32`),
    close,
  };
}
