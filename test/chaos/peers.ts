/** Packages of others: those of package.json, and those that only this campaign needs, which it installs for itself. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The folder of package.json: npm starts programs there. */
const ROOT = process.cwd();
const FOLDER = join(ROOT, 'node_modules/.cache/holdline/chaos');
const PACKAGES = { 'socket.io': '4.8.4', 'socket.io-client': '4.8.4', centrifuge: '5.7.4' };

/** As a program beside package.json would ask for it: nothing of it is bundled, so graphql is there once. */
export const require: NodeJS.Require = createRequire(join(ROOT, 'package.json'));

/** As a program in the campaign's own folder would. */
export const requireOwn: NodeJS.Require = createRequire(join(FOLDER, 'package.json'));

/** @throws Error with what npm says, if there is no way to get them */
export function installPeers(say: (line: string) => void): void {
  const wanted = JSON.stringify({ name: 'chaos-peers', private: true, dependencies: PACKAGES });
  const stamp = join(FOLDER, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`installing ${Object.keys(PACKAGES).join(', ')}`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), wanted);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', FOLDER];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`npm could not install ${Object.keys(PACKAGES).join(', ')}:\n${stdout}${stderr}`);
  writeFileSync(stamp, wanted);
}

/** The version of a package. */
export function versionOf(name: string): string {
  const from = name in PACKAGES ? FOLDER : ROOT;
  const manifest = JSON.parse(readFileSync(join(from, 'node_modules', name, 'package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}
