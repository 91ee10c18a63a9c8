import { transformSync } from 'esbuild';
import { expect, it } from 'vitest';
import { createClient } from '../../../../src/client/create-client.node.ts';
import { inferTests } from '../../../../src/client/records/infer/infer-tests.ts';
import { jsonLines } from '../../../../src/client/records/lines.ts';
import type { TraceRecord } from '../../../../src/client/records/record.ts';
import { replay } from '../../../../src/testing/replay.ts';
import { recordedSession } from './session.ts';

/** Runs the source of a test as it stands, but for its imports. */
async function run(source: string, records: readonly TraceRecord[]): Promise<void> {
  let file = '';
  for (const record of records)
    jsonLines((line) => {
      file += line;
    })(record);
  const tests: (() => Promise<void>)[] = [];
  const ends: (() => void)[] = [];
  const given = {
    readFileSync: () => file,
    createClient,
    replay,
    expect,
    onTestFinished: (end: () => void) => ends.push(end),
    test: (_: string, body: () => Promise<void>) => tests.push(body),
  };
  const { code } = transformSync(source.replace(/^import .*$/gm, ''), { loader: 'ts' });
  new Function(...Object.keys(given), code)(...Object.values(given));
  expect(tests).toHaveLength(1);
  try {
    await tests[0]?.();
  } finally {
    for (const end of ends) end();
  }
}

it('writes a test that passes on the session, and fails on another', async () => {
  const records = await recordedSession();
  const source = inferTests(records, 'session.jsonl');
  expect(source).toContain('const reply1 = played(client.request("sum", [1,2]));');
  expect(source).toContain('expect(await reply1).toEqual(3);');
  expect(source).toContain(
    'await expect(reply4).rejects.toMatchObject({"code":"REQUEST_REJECTED","remoteCode":7});',
  );
  expect(source).toContain('client.handle("confirm", () => { asked++; return {"ok":true}; });');
  expect(source).toContain('await expect.poll(() => asked).toBe(2);');
  expect(source).toContain('void client.send(Uint8Array.of(1, 2));');
  await run(source, records);
  await expect(run(source.replace('toEqual(3)', 'toEqual(4)'), records)).rejects.toThrow('expected 3');
  await expect(run(source.replace('[1,2]', '[1,3]'), records)).rejects.toThrow(
    'recorded {"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}',
  );
});

it('of a session without messages connects to nothing', () => {
  const source = inferTests([], 'a "b".jsonl');
  expect(source).toContain('"the session of a \\"b\\".jsonl"');
  expect(source).not.toContain('onAnyEvent');
});
