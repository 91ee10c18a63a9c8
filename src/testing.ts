/**
 * Tools for tests of code that uses holdline: a server in memory, time that stands still, chance that is known.
 *
 * @module holdline/testing
 */
export type { Clock, TimerHandle } from './base/clock.ts';
export type { Evidence } from './base/error-codes.ts';
export type { HandshakeEvidence, HandshakePhase } from './base/errors.ts';
export type { RandomSource } from './base/random.ts';
export type { InferOptions, SentMessage } from './client/records/infer/conversation.ts';
export { inferContract } from './client/records/infer/infer-contract.ts';
export { inferTests } from './client/records/infer/infer-tests.ts';
export { messagesOf, type RecordedMessage, readRecords } from './client/records/read.ts';
export type * from './client/records/record.ts';
export { checkEnvelope, type EnvelopeSamples } from './testing/check-envelope.ts';
export { createDice, type Dice } from './testing/dice.ts';
export type { Fault, FaultKind } from './testing/faults.ts';
export { type HistoryEvent, type HistoryRecord, printHistory } from './testing/history.ts';
export { type Replay, type ReplayOptions, replay } from './testing/replay.ts';
export { type Breach, checkHistory, type RuleName } from './testing/rules.ts';
export { createScriptedRandom, type RandomScript } from './testing/scripted-random.ts';
export {
  createScriptedServer,
  type ScriptedConnection,
  type ScriptedServer,
  type ScriptedServerOptions,
} from './testing/scripted-server.ts';
export { type Scenario, type SeedRun, type SimulateOptions, simulate } from './testing/simulate.ts';
export type { SimulatedGuest, SimulatedServer, SimulatedServerOptions } from './testing/simulated-server.ts';
export {
  createSimulation,
  type SimulatedOptions,
  type Simulation,
  type SimulationOptions,
} from './testing/simulation.ts';
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from './testing/virtual-clock.ts';
export type { WatchedClient } from './testing/watch-client.ts';
export type {
  SendData,
  Transport,
  TransportFactory,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from './transport/transport.ts';
