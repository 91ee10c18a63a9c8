import { UsageError } from '../../base/errors.ts';

/** Whole, also in a bundle for production: who meets it has built the wrong thing. */
const TEXT =
  'holdline/node needs Node, Bun or Deno, and this is the build for browsers. Import createClient or connect from holdline: ' +
  "they use the platform's WebSocket. In a test environment such as jsdom, see docs/guides/testing.md.";

/** What stands for each name of `holdline/node` in builds for browsers, so that shared code can be bundled. */
export function nodeOnly(): never {
  throw new UsageError('UNSUPPORTED', { detail: 'node-only', message: TEXT });
}
