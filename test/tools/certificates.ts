/** Certificates for TLS tests, made anew by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** subjectAltName, as openssl writes it: `DNS:localhost,IP:127.0.0.1`. */
  readonly names: string;
}

/** Makes a self-signed certificate, which is also its own authority. */
export function createCertificate({ names }: CertificateOptions): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      // biome-ignore format: one option a line would hide the command
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
        '-subj', '/CN=holdline test', '-addext', `subjectAltName=${names}`, '-days', '1'],
      { stdio: 'pipe' },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
