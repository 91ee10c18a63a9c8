import { expect, it } from 'vitest';
import { missing } from '../../src/client/missing-part.ts';

it.each([
  ['handover', 'createSlimClient({ handover: handover() }).'],
  [
    'requests',
    'createSlimClient({ requests: requests() }), with an envelope that knows them, such as jsonRpc().',
  ],
] as const)('names %s, and both ways to get it', (part, way) => {
  expect(missing(part)).toMatchObject({
    code: 'UNSUPPORTED',
    message: `This client has no ${part}. Use createClient(…), or ${way}`,
  });
});
