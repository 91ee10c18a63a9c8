import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as envelopes from '../../src/envelopes.ts';
import { patience } from '../tools/patience.ts';
import { measureSizes, writtenSizes } from './bundle-sizes.ts';
import { faultsOf, PROTOCOLS, RECIPE_PROTOCOLS } from './protocols.ts';
import { RECIPES } from './recipes.ts';

/** What gzip may differ by from one Node to the next, in bytes. */
const SLACK = 40;

/** Functions of the entry that are no envelope. */
const OTHERS = [
  ...['closeCodes', 'json', 'phoenixToken', 'plain', 'protocolAddress', 'protocolCredentials', 'together'],
  ...['protocolHeartbeat', 'protocolLogin', 'raw', 'subprotocols'],
];

describe('the table of protocols', () => {
  it('has every envelope and every recipe', () => {
    const exported = Object.keys(envelopes).filter((name) => !OTHERS.includes(name));
    expect(PROTOCOLS.map(({ name }) => name).sort()).toEqual(exported.sort());
    expect(RECIPE_PROTOCOLS.map(({ name }) => name).sort()).toEqual(
      RECIPES.filter((name) => !/-node$/.test(name)),
    );
  });

  it.each([...PROTOCOLS, ...RECIPE_PROTOCOLS])('says of $name only what a test has proven', (protocol) => {
    expect(faultsOf(protocol)).toEqual([]);
    expect(existsSync(`test/${protocol.scripted}`)).toBe(true);
  });

  it('does not believe in a test that there is not, or that has not passed', () => {
    const [first] = PROTOCOLS;
    const parts = { login: { real: 'no such title' } };
    expect(faultsOf({ ...first!, parts })).toEqual([expect.stringContaining('has no "no such title"')]);
    const stomp = PROTOCOLS.find(({ name }) => name === 'stomp')!;
    const never = { login: { real: '/topic/stream' } };
    expect(faultsOf({ ...stomp, parts: never })).toEqual([expect.stringContaining('has not passed')]);
  });

  it('has the bytes of each envelope, within its bound', { timeout: patience(120_000) }, async () => {
    const written = writtenSizes();
    const measured = await measureSizes(PROTOCOLS.map(({ name }) => name));
    for (const { name, most = 0 } of PROTOCOLS) {
      const { own, whole } = measured[name]!;
      expect(own, `${name}: a bound of its own in protocols.ts`).toBeLessThanOrEqual(most + SLACK);
      expect(Math.abs(own - written[name]!.own), `${name}: npm run docs`).toBeLessThanOrEqual(SLACK);
      expect(Math.abs(whole - written[name]!.whole), `${name}: npm run docs`).toBeLessThanOrEqual(SLACK);
    }
  });
});
