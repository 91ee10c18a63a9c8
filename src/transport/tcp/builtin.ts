/** Modules of Node's own, loaded when they are first needed: see docs/decisions/0022-import-cost.md. */
// By its default export: webpack takes `createRequire` by name for its own, and refuses a path that it cannot read.
import nodeModule from 'node:module';

interface Builtins {
  readonly 'node:buffer': typeof import('node:buffer');
  readonly 'node:crypto': typeof import('node:crypto');
  readonly 'node:events': typeof import('node:events');
  readonly 'node:diagnostics_channel': typeof import('node:diagnostics_channel');
  readonly 'node:dns': typeof import('node:dns');
  readonly 'node:net': typeof import('node:net');
  readonly 'node:tls': typeof import('node:tls');
  readonly 'node:util': typeof import('node:util');
  readonly 'node:zlib': typeof import('node:zlib');
}

/**
 * A module of Node's own. At once, unlike `import()`, which is also not to be had in a `vm.Script` or Jest; from the second
 * time on it costs next to nothing.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  // Node has the first from 20.16 and 22.3 on. Any path will do to find a module that lies in no folder.
  const found = process.getBuiltinModule?.(name) ?? nodeModule.createRequire(process.execPath)(name);
  return found as Builtins[Name];
}
