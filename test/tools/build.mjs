#!/usr/bin/env node
// `npm run build`: an empty dist/, then tsup for the ES modules and the declarations, then what is made of those here:
// every module as CommonJS, and the second spelling of the declarations. With --if-stale, as before `npm pack`, only if
// dist/ is older than its sources. Chunks have hashed names, so old ones would pile up and be published.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { isStale, ROOT, run } from './run.mjs';

const DIST = join(ROOT, 'dist');
const filesOf = (/** @type {RegExp} */ kind) => readdirSync(DIST).filter((name) => kind.test(name));

/**
 * Writes NAME.cjs for every NAME.js: the same graph of files, so that a class is the same class in all entries here too.
 * Its lines are not for reading, which is what the ES modules are there for, but short enough for a stack trace.
 */
async function writeCommonJs() {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    write: false,
    entryPoints: filesOf(/\.js$/)
      .filter((name) => name !== 'cli.js')
      .map((name) => join(DIST, name)),
    outdir: DIST,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    target: 'es2022',
    bundle: true,
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 110,
    plugins: [
      {
        name: 'files-stay-apart',
        setup({ onResolve }) {
          onResolve({ filter: /./ }, ({ path, kind }) => {
            if (kind === 'entry-point') return undefined;
            return { path: path.replace(/^(\.\/.*)\.js$/, '$1.cjs'), external: true };
          });
        },
      },
    ],
  });
  for (const { path, text } of outputFiles) {
    // Whoever looks for this looks at the first line.
    writeFileSync(path, text.replace('"use strict";"use client";', '"use client";"use strict";'));
  }
}

/**
 * Writes NAME.d.ts for every NAME.d.cts of an entry. All types stand in the latter alone: an ES module may take its types
 * from a CommonJS one, and not the other way round. What Node alone has (AbortSignal, Blob, URL without the DOM) would be
 * `any` in a program that names no types, which is what TypeScript 6 makes of a tsconfig.json that names none.
 */
function writeModuleTypes() {
  for (const name of filesOf(/\.d\.cts$/)) {
    const stem = name.slice(0, -'.d.cts'.length);
    if (['index.node', 'node'].includes(stem)) {
      const path = join(DIST, name);
      writeFileSync(path, `/// <reference types="node" />\n${readFileSync(path, 'utf8')}`);
    }
    if (filesOf(/\.js$/).includes(`${stem}.js`)) {
      writeFileSync(join(DIST, `${stem}.d.ts`), `export * from './${stem}.cjs';\n`);
    }
  }
}

/** The sources are not in the package, and one mark a line is enough for code that is not minified. */
function slimMaps() {
  for (const name of filesOf(/\.js\.map$/)) {
    const path = join(DIST, name);
    const { sourcesContent: _, ...map } = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...map, names: [], mappings: onePerLine(map.mappings) }));
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Keeps the first segment of each line. Segments hold differences to the one before (source, line, column), so what is
 * left out is added to what follows. https://tc39.es/ecma426/
 * @param {string} mappings
 */
function onePerLine(mappings) {
  const [all, kept] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  return mappings
    .split(';')
    .map((line) => {
      let shown = '';
      for (const segment of line.split(',')) {
        const [column, ...place] = decode(segment);
        if (place.length < 3) continue;
        for (const at of all.keys()) all[at] += place[at];
        if (shown !== '') continue;
        shown = [column, ...all.map((value, at) => value - kept[at])].map(encode).join('');
        for (const at of all.keys()) kept[at] = all[at];
      }
      return shown;
    })
    .join(';');
}

/** @param {string} segment numbers in base 64 VLQ */
function decode(segment) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = DIGITS.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

/** @param {number} number */
function encode(number) {
  let value = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const digit = value & 31;
    value >>>= 5;
    text += DIGITS[value > 0 ? digit | 32 : digit];
  } while (value > 0);
  return text;
}

/**
 * Whose code lies in dist/ besides ours, for people (its licence asks for that) and for tools that look for what has to be
 * mended (CycloneDX, https://cyclonedx.org/docs/1.6/json/).
 */
function writeNotices() {
  const folder = join(ROOT, 'node_modules/eventemitter3');
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const terms = readFileSync(join(folder, 'LICENSE'), 'utf8');
  writeFileSync(
    join(DIST, 'NOTICES.txt'),
    `The builds for Node hold a copy of ${name} ${version} (${license}):\n\n${terms}`,
  );
  const component = { type: 'library', name, version, purl: `pkg:npm/${name}@${version}` };
  const licenses = [{ license: { id: license } }];
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ ...component, licenses }] };
  writeFileSync(join(DIST, 'bundled.cdx.json'), `${JSON.stringify(bom)}\n`);
}

if (!process.argv.includes('--if-stale') || isStale()) {
  rmSync(DIST, { recursive: true, force: true });
  process.exitCode = await run('tsup');
  if (process.exitCode === 0) {
    await writeCommonJs();
    writeModuleTypes();
    slimMaps();
    writeNotices();
  }
}
