// Packs holdline and installs it, once for all files of the project `package`, where one of them asks for it.
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { packAndInstall } from './installed.ts';

export function setup({ provide }: TestProject): () => void {
  const installed = packAndInstall();
  provide('holdlineInstalled', installed);
  return () => rmSync(installed.folder, { recursive: true, force: true });
}
