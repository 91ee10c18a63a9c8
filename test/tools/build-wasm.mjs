#!/usr/bin/env node
// Assembles src/transport/tcp/memory/simd-masker.wat into the module beside it that holds its bytes: npm run build:wasm
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import wabt from 'wabt';
import { ROOT } from './run.mjs';

const FOLDER = join(ROOT, 'src/transport/tcp/memory');

/** The file with the bytes. */
export const GENERATED = join(FOLDER, 'simd-masker.wasm.ts');

/** What belongs into it. */
export async function generateMasker() {
  const assembler = await wabt();
  const source = readFileSync(join(FOLDER, 'simd-masker.wat'), 'utf8');
  const parsed = assembler.parseWat('simd-masker.wat', source, { simd: true });
  try {
    parsed.validate({ simd: true });
    const { buffer } = parsed.toBinary({ write_debug_names: false });
    return [
      '/** simd-masker.wat, assembled by `npm run build:wasm`: not to be edited. */',
      'export const SIMD_MASKER: string =',
      `  '${Buffer.from(buffer).toString('base64')}';`,
      '',
    ].join('\n');
  } finally {
    parsed.destroy();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(GENERATED, await generateMasker());
}
