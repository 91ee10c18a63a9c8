/** Digests as a port: the platform's own, as a page has it on https and localhost. */
import { UsageError } from './errors.ts';

/**
 * The SHA-256 of a text's UTF-8, in base64.
 *
 * @throws UsageError `UNSUPPORTED` where the platform has no `crypto.subtle`
 */
export async function sha256Base64(text: string): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) throw new UsageError('UNSUPPORTED', { detail: 'no-digest' });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
