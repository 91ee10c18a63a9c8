#!/usr/bin/env node
// `npm run build`: an empty dist/, then tsup. Chunks have hashed names, so old ones would pile up and be published.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
process.exitCode = await run('tsup');
