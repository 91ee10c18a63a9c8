/** Packages of others that one campaign needs, which it installs for itself: `npm ci` brings none of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The folder of package.json: npm starts programs there. */
const ROOT = process.cwd();

export interface OwnPackages {
  /** The folder that they are in. */
  readonly folder: string;
  /** Loads one of them, as a program beside them would. */
  readonly require: NodeJS.Require;
  /** @throws Error with what npm says, if there is no way to get them */
  install(say: (line: string) => void): void;
  /** The version of one of them, or of a package of package.json. */
  versionOf(name: string): string;
}

/** Those of the campaign of this name. */
export function ownPackages(campaign: string, packages: Readonly<Record<string, string>>): OwnPackages {
  const folder = join(ROOT, 'node_modules/.cache/holdline', campaign);
  return {
    folder,
    require: createRequire(join(folder, 'package.json')),
    install: (say) => install(folder, packages, say),
    versionOf: (name) => {
      const from = name in packages ? folder : ROOT;
      const manifest = readFileSync(join(from, 'node_modules', name, 'package.json'), 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    },
  };
}

function install(
  folder: string,
  dependencies: Readonly<Record<string, string>>,
  say: (line: string) => void,
): void {
  const wanted = JSON.stringify({ name: 'holdline-campaign', private: true, dependencies });
  const stamp = join(folder, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const names = Object.keys(dependencies).join(', ');
  say(`installing ${names}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), wanted);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm could not install ${names}:\n${stdout}${stderr}`);
  writeFileSync(stamp, wanted);
}
