import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inferContract } from '../../src/client/records/infer/infer-contract.ts';
import { inferTests } from '../../src/client/records/infer/infer-tests.ts';
import { recordedSession } from '../client/records/infer/session.ts';
import { holdline } from './servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdline-infer-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('infer', () => {
  test('prints a contract, or a test', async () => {
    const records = await recordedSession();
    const file = join(folder, 'session.jsonl');
    writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    expect(await holdline(['infer', file])).toEqual({ code: 0, stdout: inferContract(records), stderr: '' });
    const { stdout } = await holdline(['infer', file, '--tests']);
    expect(stdout).toBe(inferTests(records, file));
  });

  test('a file that is not there, or holds no records, ends with 2', async () => {
    const missing = await holdline(['infer', join(folder, 'missing')]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('ENOENT')]);
    const file = join(folder, 'nonsense');
    writeFileSync(file, 'nonsense');
    const wrong = await holdline(['infer', file]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Line 1 is no record')]);
  });
});
