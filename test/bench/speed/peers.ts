/** Who runs: a client program, a variant of it, and the runtime under it. */

/** A runtime: this Node, or one that test/tools/runtimes.mjs installs. */
export type RuntimeName = 'here' | 'node22' | 'node24' | 'node26' | 'bun' | 'deno';

export interface Peer {
  /** Its name on the command line and in results: `ws-bufferutil`, `holdline@node24`. */
  readonly id: string;
  /** The file in clients/. */
  readonly client: string;
  readonly variant?: string;
  readonly runtime: RuntimeName;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it takes part in the quick run. */
  readonly isQuick?: boolean;
  /** What it is, for the report. */
  readonly title: string;
  /** Whether it compresses; one that does not has no place among those who do. */
  readonly deflates?: boolean;
}

/** The one that all others are compared with. */
export const REFERENCE = 'ws-bufferutil';

const CLIENTS: readonly Omit<Peer, 'runtime'>[] = [
  { id: 'holdline', client: 'holdline', title: '**holdline**, transport', isQuick: true, deflates: true },
  { id: REFERENCE, client: 'ws', title: 'ws + bufferutil', isQuick: true, deflates: true },
  {
    id: 'holdline-own',
    client: 'holdline',
    variant: 'own-buffer',
    title: '**holdline**, into the caller’s buffer',
  },
  // Another build of ours: --base DIR.
  { id: 'base', client: 'holdline', title: 'another build of ours', deflates: true },
  { id: 'raw', client: 'raw', title: 'bare net.Socket', isQuick: true },
  {
    id: 'holdline-websocket',
    client: 'holdline',
    variant: 'websocket',
    title: '**holdline**, WebSocket class',
    deflates: true,
  },
  {
    id: 'holdline-client',
    client: 'holdline',
    variant: 'client',
    title: '**holdline**, createClient',
    deflates: true,
  },
  {
    id: 'holdline-raw',
    client: 'holdline',
    variant: 'client-raw',
    title: '**holdline**, createClient with raw() and JSON',
  },
  { id: 'ws', client: 'ws', title: 'ws', env: { WS_NO_BUFFER_UTIL: '1' }, deflates: true },
  {
    id: 'ws-corked',
    client: 'ws',
    variant: 'corked',
    title: 'ws + bufferutil, corked by hand',
    isQuick: true,
    deflates: true,
  },
  { id: 'undici', client: 'undici', title: 'undici' },
  { id: 'native', client: 'native', title: 'the runtime’s own WebSocket' },
  { id: 'websocket', client: 'websocket', title: 'websocket' },
  { id: 'faye-websocket', client: 'faye-websocket', title: 'faye-websocket' },
];

const RUNTIMES: readonly RuntimeName[] = ['here', 'node22', 'node24', 'node26', 'bun', 'deno'];

/** Everyone in the full run, in the order of the table. */
const FULL: readonly string[] = [
  ...['holdline', REFERENCE, 'raw', 'ws', 'ws-corked', 'undici', 'websocket', 'faye-websocket'],
  ...['holdline-websocket', 'holdline-client', 'holdline@node24', `${REFERENCE}@node24`],
  ...['native@node24', 'native@node26', 'native@bun', 'native@deno'],
];

/**
 * The peer of that name: a client, or a client at a runtime (`ws@bun`).
 *
 * @throws Error naming those that there are
 */
export function peerOf(id: string): Peer {
  const [name, runtime = 'here'] = id.split('@');
  const client = CLIENTS.find((entry) => entry.id === name);
  if (client === undefined || !RUNTIMES.includes(runtime as RuntimeName)) {
    const names = CLIENTS.map((entry) => entry.id).join(', ');
    throw new Error(
      `No peer is called "${id}". Known: ${names}, each also with ${RUNTIMES.slice(1)
        .map((word) => `@${word}`)
        .join(' ')}.`,
    );
  }
  return { ...client, id, runtime: runtime as RuntimeName };
}

/** Those of a quick or a full run. */
export function usualPeers(mode: 'quick' | 'full'): Peer[] {
  if (mode === 'full') return FULL.map(peerOf);
  return CLIENTS.filter(({ isQuick }) => isQuick).map(({ id }) => peerOf(id));
}
