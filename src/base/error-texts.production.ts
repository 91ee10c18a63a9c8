/** Takes the place of error-texts.ts under the export condition `production`: no sentences, and the same evidence. */
import type { ErrorCode, Evidence } from './error-codes.ts';
import { plainText } from './plain-text.ts';

/** As `errorText` of error-texts.ts. */
export function errorText(code: ErrorCode, evidence: Evidence): string {
  return evidence.message ?? plainText(code, evidence);
}
