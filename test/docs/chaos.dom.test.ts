// The React example of the guide about tests, as it stands there.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { snippet } from '../docs/markdown.ts';

const file = join(import.meta.dirname, `.chaos-${process.pid}.tsx`);
afterAll(() => rmSync(file, { force: true }));

test('a page in worlds in which things go wrong', async () => {
  writeFileSync(file, `${snippet('docs/guides/testing.md', 'chaos-react')}\nexport {};\n`);
  await expect(import(file)).resolves.toBeDefined();
});
