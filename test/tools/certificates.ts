/** Certificates for TLS tests, made anew by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** subjectAltName, as openssl writes it: `DNS:localhost,IP:127.0.0.1`. */
  readonly names: string;
  /** The authority that signs it. Default: itself. */
  readonly signer?: Certificate | undefined;
  /** Days until it expires; negative for one that has. Default 1. */
  readonly days?: number | undefined;
  /** extendedKeyUsage, as openssl writes it: `clientAuth`. Default: none, so for everything. */
  readonly usage?: string | undefined;
  /** Whether it may sign others. Default: if nobody signs it. Deno refuses a server whose certificate may. */
  readonly authority?: boolean | undefined;
}

/** Makes a certificate; without a `signer` it is self-signed, and an authority. */
export function createCertificate({
  names,
  signer,
  days = 1,
  usage,
  authority = signer === undefined,
}: CertificateOptions): Certificate {
  return inFolder((folder) => {
    const file = (name: string): string => join(folder, name);
    const [key, cert, request, extensions] = ['key.pem', 'cert.pem', 'request.pem', 'extensions'].map(
      file,
    ) as [string, string, string, string];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl([
      'req',
      ...curve,
      '-keyout',
      key,
      '-out',
      request,
      '-subj',
      `/CN=holdline test ${names.slice(0, 30)}`,
    ]);
    writeFileSync(
      extensions,
      `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}\nsubjectAltName=${names}\n${usage === undefined ? '' : `extendedKeyUsage=${usage}\n`}`,
    );
    let signing = ['-signkey', key];
    if (signer !== undefined) {
      writeFileSync(file('signer-key.pem'), signer.key);
      writeFileSync(file('signer.pem'), signer.cert);
      signing = ['-CA', file('signer.pem'), '-CAkey', file('signer-key.pem'), '-CAcreateserial'];
    }
    // `openssl req -x509` makes none that has expired.
    openssl([
      'x509',
      '-req',
      '-in',
      request,
      ...signing,
      '-days',
      String(days),
      '-extfile',
      extensions,
      '-out',
      cert,
    ]);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  });
}

/** The same in one file, in PKCS #12, under a passphrase. */
export function createPfx({ key, cert }: Certificate, passphrase: string): Buffer {
  return inFolder((folder) => {
    const file = join(folder, 'both.pem');
    writeFileSync(file, key + cert);
    return openssl(['pkcs12', '-export', '-in', file, '-passout', `pass:${passphrase}`]);
  });
}

function openssl(commandLine: readonly string[]): Buffer {
  return execFileSync('openssl', commandLine, { stdio: 'pipe' });
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-certificate-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
