import { test } from 'vitest';
import { fewParameters, noPassThrough, slimClasses } from './classes.ts';
import { shortFunctions } from './shape.ts';
import { readSources } from './tree.ts';

test('x', () => {
  const t = readSources();
  for (const r of [slimClasses, fewParameters, noPassThrough, shortFunctions])
    console.log(r.name, '\n' + r(t).join('\n'));
});
