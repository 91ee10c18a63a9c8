import { readFileSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { inferContract } from '../client/records/infer/infer-contract.ts';
import { inferTests } from '../client/records/infer/infer-tests.ts';
import { readRecords } from '../client/records/read.ts';
import type { Inference } from './arguments.ts';

/**
 * The source of a contract, or a test, for a file of records.
 *
 * @throws UsageError where the file cannot be read, or holds no records
 */
export function infer({ infer: path, tests }: Inference): string {
  const records = readRecords(read(path));
  return tests ? inferTests(records, path) : inferContract(records);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError('INVALID_OPTION', { detail: 'unread-file', file: path, cause });
  }
}
