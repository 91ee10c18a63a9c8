/**
 * Tools for tests of code that uses holdline: a server in memory, time that stands still, chance that is known.
 *
 * @module holdline/testing
 */
export type { HandshakeEvidence } from './base/errors.ts';
export { createScriptedRandom, type RandomScript } from './testing/scripted-random.ts';
export {
  createScriptedServer,
  type ScriptedConnection,
  type ScriptedServer,
  type ScriptedServerOptions,
} from './testing/scripted-server.ts';
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from './testing/virtual-clock.ts';
