/** What a page has to load: minified and gzipped, dependencies included. */
import { constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Contest } from './contests.ts';
import type { PeerResult, WorkloadResult } from './results.ts';
import { BUNDLE_ROW } from './rows.ts';
import type { Stage } from './stage.ts';

interface Bundle {
  readonly id: string;
  /** The page's program. DIST is the folder of our build. */
  readonly source: string;
}

const BUNDLES: readonly Bundle[] = [
  { id: 'holdline, plain messages', source: "export { createSlimClient } from 'DIST/index.js';" },
  {
    id: 'holdline, all',
    source: "export { createClient, bearer } from 'DIST/index.js';",
  },
  { id: 'holdline, connect alone', source: "export { connect } from 'DIST/index.js';" },
  { id: 'rpc-websockets', source: "export { Client } from 'rpc-websockets';" },
  { id: 'graphql-ws', source: "export { createClient } from 'graphql-ws/client';" },
  { id: 'partysocket', source: "export { WebSocket } from 'partysocket';" },
];

export function bundleContest(stage: Stage): Contest {
  return { ...BUNDLE_ROW, run: () => measureBundles(stage) };
}

async function measureBundles(stage: Stage): Promise<WorkloadResult> {
  const peers: PeerResult[] = [];
  for (const { id, source } of BUNDLES) {
    const empty = { id, runtime: 'esbuild', library: '', n: 1, cpu: [], wall: [], server: [] };
    try {
      const code = await bundled(source.replace('DIST', stage.dist), stage.folder);
      const gzip = gzipSync(code, { level: constants.Z_BEST_COMPRESSION }).length;
      peers.push({ ...empty, extra: { gzip: [gzip], minified: [code.length] } });
    } catch (error) {
      peers.push({ ...empty, extra: {}, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return { id: 'bundle', peers };
}

async function bundled(contents: string, resolveDir: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    // As Vite and webpack build for it.
    conditions: ['production', 'browser'],
    target: 'es2022',
    logLevel: 'silent',
  });
  return (outputFiles[0] as { contents: Uint8Array }).contents;
}
