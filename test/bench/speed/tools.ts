/** Files and programs that a run needs: the built package, the client programs, the server. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build as bundle } from 'esbuild';
import { createCertificate } from '../../tools/certificates.ts';

/** Programs run in the project's folder, as npm starts them. */
const ROOT = process.cwd();
const CACHE = join(ROOT, 'node_modules', '.cache', 'holdline', 'bench');
const HERE = join(ROOT, 'test', 'bench', 'speed');

/** The folder for everything that outlives a run. */
export function cacheFolder(): string {
  mkdirSync(CACHE, { recursive: true });
  return CACHE;
}

/**
 * The package as `npm run build` makes it, in a folder of this run: others may rebuild `dist` meanwhile. What it imports by the
 * names of package.json lies in that folder too.
 */
export async function buildPackage(folder: string): Promise<string> {
  const outDir = join(folder, 'dist');
  execFileSync(process.execPath, ['test/tools/build.mjs', '--if-stale'], { stdio: 'inherit' });
  cpSync(join(ROOT, 'dist'), outDir, { recursive: true });
  const manifest = readFileSync(join(ROOT, 'package.json'), 'utf8');
  writeFileSync(join(outDir, 'package.json'), manifest.replaceAll('./dist/', './'));
  return outDir;
}

/** Bundles the client programs, packages left outside. */
export async function buildClients(folder: string): Promise<void> {
  const shared = ['adapter', 'serve', 'web-socket'];
  const names = readdirSync(join(HERE, 'clients')).map((file) => basename(file, '.ts'));
  await bundle({
    absWorkingDir: ROOT,
    entryPoints: names
      .filter((name) => !shared.includes(name))
      .map((name) => join(HERE, 'clients', `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
}

/** Compiles the server unless this very one is there, and tells its path. */
export function buildServer(): string {
  const folder = join(HERE, 'server');
  const files = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  const hash = createHash('sha256');
  for (const name of files.sort()) hash.update(readFileSync(join(folder, name)));
  const program = join(cacheFolder(), `server-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  const sources = files.filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
  const unfinished = `${program}.${process.pid}`;
  execFileSync('cc', ['-O2', '-Wall', '-o', unfinished, ...sources, '-lssl', '-lcrypto'], {
    stdio: 'inherit',
  });
  renameSync(unfinished, program);
  return program;
}

/** What TLS needs: the server's certificate and key, and the authority that clients have to trust. */
export interface CertificateFiles {
  /** The authority, in PEM, and its file. */
  readonly ca: string;
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** A certificate for 127.0.0.1, signed by an authority of this run. */
export function writeCertificate(folder: string): CertificateFiles {
  const authority = createCertificate({ names: 'DNS:authority', days: 2 });
  const names = 'DNS:localhost,IP:127.0.0.1';
  const { cert, key } = createCertificate({ names, days: 2, signer: authority, authority: false });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  return {
    ca: authority.cert,
    caPath: write('ca.pem', authority.cert),
    certPath: write('cert.pem', cert),
    keyPath: write('key.pem', key),
  };
}
