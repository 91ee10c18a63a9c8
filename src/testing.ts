/**
 * Tools for tests of code that uses holdline: a server in memory, time that stands still, chance that is known.
 *
 * @module holdline/testing
 */
export type { Clock, TimerHandle } from './base/clock.ts';
export type { Evidence } from './base/error-codes.ts';
export type { HandshakeEvidence, HandshakePhase } from './base/errors.ts';
export type { RandomSource } from './base/random.ts';
export { createScriptedRandom, type RandomScript } from './testing/scripted-random.ts';
export {
  createScriptedServer,
  type ScriptedConnection,
  type ScriptedServer,
  type ScriptedServerOptions,
} from './testing/scripted-server.ts';
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from './testing/virtual-clock.ts';
export type {
  SendData,
  Transport,
  TransportFactory,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from './transport/transport.ts';
