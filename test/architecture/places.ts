// Where things may stand: node:, packages, DOM, timers, clocks, chance.
import ts from 'typescript';
import { allImports, at, globalsOf, type Tree, type Violation } from './tree.ts';

/** A folder (ends in /) or a file, from the project's folder. */
type Place = string;

const within = (path: string, places: readonly Place[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));

/** Where Node's own modules and globals may be used. */
const NODE_PLACES: readonly Place[] = ['src/transport/tcp/', 'src/cli/', 'src/testing/', 'src/cli.ts'];

/** Where what only a browser has may be used. */
const DOM_PLACES: readonly Place[] = [
  'src/transport/native/',
  'src/transport/polling/',
  'src/connection/environment.browser.ts',
  'src/tabs/',
  'src/devtools/',
];

/** Packages by the places that may import them; a package that is not here may not be imported at all. */
const PACKAGES: Readonly<Record<string, readonly Place[]>> = {
  eventemitter3: ['src/base/emitter.ts'],
  react: ['src/react/'],
};

/** Packages of which only types may be imported, anywhere. */
const TYPE_PACKAGES = ['@standard-schema/spec'];

/** Node's modules that bring a clock or timers with them: those belong to base/. */
const TIME_MODULES = ['node:timers', 'node:timers/promises', 'node:perf_hooks'];

const NODE_GLOBALS = ['Buffer', 'process', 'global', '__dirname', '__filename', 'require', 'module'];

/** What a browser has and Node (all of 20 and later, without flags) has not. */
const DOM_GLOBALS = [
  ...['window', 'self', 'frames', 'parent', 'top', 'document', 'navigator', 'location', 'history', 'screen'],
  ...['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore', 'visualViewport'],
  ...['WebSocket', 'CloseEvent', 'ErrorEvent', 'PageTransitionEvent', 'StorageEvent', 'XMLHttpRequest'],
  ...['EventSource', 'BroadcastChannel', 'SharedWorker', 'Worker', 'ServiceWorker', 'importScripts'],
  ...['addEventListener', 'removeEventListener', 'dispatchEvent', 'postMessage', 'matchMedia', 'alert'],
  ...['requestAnimationFrame', 'HTMLElement', 'Element', 'Node', 'MutationObserver', 'customElements'],
];

const TIME_GLOBALS = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['requestIdleCallback', 'performance', 'crypto'],
];

const BASE: readonly Place[] = ['src/base/'];

/** `node:*` stands only where Node is certain, and its clocks nowhere. */
export function nodeModules(tree: Tree): Violation[] {
  return allImports(tree).flatMap(({ from, specifier, node }) => {
    if (!specifier.startsWith('node:')) return [];
    if (TIME_MODULES.includes(specifier))
      return [`${at(node)}: ${specifier} is a clock: take one from base/.`];
    return within(from, NODE_PLACES) ? [] : [`${at(node)}: ${specifier} outside ${NODE_PLACES.join(' ')}`];
  });
}

/** A package is imported only in its place, by the name that package.json declares. */
export function packages(tree: Tree): Violation[] {
  return allImports(tree).flatMap(({ from, specifier, target, typeOnly, node }) => {
    if (target !== undefined || specifier.startsWith('node:')) return [];
    if (TYPE_PACKAGES.includes(specifier)) {
      return typeOnly ? [] : [`${at(node)}: only types come from ${specifier}.`];
    }
    const places = PACKAGES[specifier];
    if (!places) return [`${at(node)}: "${specifier}" is not a package that holdline depends on.`];
    return within(from, places) ? [] : [`${at(node)}: ${specifier} outside ${places.join(' ')}`];
  });
}

/** Globals stand where they belong: Node's, the DOM's, time and chance, globalThis itself. */
export function globals(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const [path, file] of tree.files) {
    for (const name of globalsOf(file, tree.checker)) {
      const places = placesOf(name);
      if (places && !within(path, places.in)) {
        wrong.push(`${at(name)}: ${places.what} outside ${places.in.join(' ')}`);
      }
    }
  }
  return wrong;
}

/** Where the global that `name` uses may stand, or undefined for anywhere. */
function placesOf(name: ts.Identifier): { what: string; in: readonly Place[] } | undefined {
  const { text, parent } = name;
  if (NODE_GLOBALS.includes(text)) return { what: text, in: NODE_PLACES };
  if (DOM_GLOBALS.includes(text)) return { what: text, in: DOM_PLACES };
  if (text === 'globalThis') return { what: text, in: [...BASE, ...DOM_PLACES, ...NODE_PLACES] };
  if (TIME_GLOBALS.includes(text)) return { what: text, in: BASE };
  const member = ts.isPropertyAccessExpression(parent) && parent.expression === name ? parent.name.text : '';
  if (text === 'Math' && member === 'random') return { what: 'Math.random', in: BASE };
  if (text === 'AbortSignal' && member === 'timeout') return { what: 'AbortSignal.timeout', in: BASE };
  // Date.parse and Date.UTC only calculate.
  if (text === 'Date' && !['parse', 'UTC'].includes(member)) return { what: 'Date', in: BASE };
  return undefined;
}
