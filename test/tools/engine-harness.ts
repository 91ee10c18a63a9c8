/** A client engine between two hands: a sink that writes down what it is told, a writer that keeps the bytes. */
import { createHash } from 'node:crypto';
import type { HoldlineError } from '../../src/base/errors.ts';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';
import { ClientEngine, type EngineOptions } from '../../src/protocol/engine.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/protocol/limits.ts';
import type { EngineSink } from '../../src/protocol/ports.ts';
import { parseTarget } from '../../src/protocol/url.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { type ClientFrame, readClientFrames } from './client-frame.ts';

/** RFC 6455, 1.3: 'the value "dGhlIHNhbXBsZSBub25jZQ=="', which is this in base64. */
export const SAMPLE_NONCE: Uint8Array = bytesOf('the sample nonce');
export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const SAMPLE_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** RFC 6455, 5.7: the masking key of its examples. */
export const SAMPLE_MASK: number[] = [0x37, 0xfa, 0x21, 0x3d];

/** What the sink was told: the name of the method and its argument, bytes as plain arrays. */
export type Told = [name: keyof EngineSink, value: unknown];

export interface Harness {
  readonly engine: ClientEngine;
  readonly writer: ArrayWriter;
  readonly told: Told[];
  /** All that was written since the last look, as one block. */
  written(): Uint8Array;
  /** The frames among it. */
  frames(): ClientFrame[];
  /** The error that `failure` was told. */
  failure(): HoldlineError;
}

export interface HarnessOptions extends Partial<Omit<EngineOptions, 'limits' | 'sink' | 'target'>> {
  readonly url?: string;
  readonly limits?: Partial<Limits>;
  /** Called after an event was written down, inside the engine's call. */
  readonly on?: Partial<EngineSink>;
}

/** An engine that has written its request, with the key and the masks of RFC 6455's examples. */
export function createHarness(options: HarnessOptions = {}): Harness {
  const { url = 'ws://server.example.com/chat', limits, on = {}, ...rest } = options;
  const told: Told[] = [];
  const writer = new ArrayWriter();
  const sink = recordingSink(told, on);
  const engine = new ClientEngine({
    target: parseTarget(url),
    protocols: [],
    headers: [],
    random: sampleRandom(),
    writer,
    ...rest,
    limits: { ...DEFAULT_LIMITS, ...limits },
    sink,
  });
  engine.open();
  const written = (): Uint8Array => concat(...writer.take());
  return {
    engine,
    writer,
    told,
    written,
    frames: () => readClientFrames(written()),
    failure: () => told.find(([name]) => name === 'failure')?.[1] as HoldlineError,
  };
}

/** As {@link createHarness}, with the handshake done and forgotten. */
export function openHarness(options: HarnessOptions = {}): Harness {
  const harness = createHarness(options);
  harness.engine.receive(bytesOf(answer()));
  harness.written();
  harness.told.length = 0;
  return harness;
}

function recordingSink(told: Told[], on: Partial<EngineSink>): EngineSink {
  const tell =
    <A>(name: keyof EngineSink, after: ((argument: A) => void) | undefined) =>
    (argument: A): void => {
      told.push([name, argument instanceof Uint8Array ? [...argument] : argument]);
      after?.(argument);
    };
  return {
    open: tell('open', on.open),
    text: tell('text', on.text),
    binary: tell('binary', on.binary),
    ping: tell('ping', on.ping),
    pong: tell('pong', on.pong),
    close: tell('close', on.close),
    ...(on.hold && { hold: on.hold }),
    failure: tell('failure', on.failure),
  };
}

/** The sample nonce, then the sample mask for ever. */
export function sampleRandom(): EngineOptions['random'] {
  return createScriptedRandom({ bytes: sampleBytes(), numbers: [] });
}

function* sampleBytes(): Generator<number> {
  yield* SAMPLE_NONCE;
  for (;;) yield* SAMPLE_MASK;
}

/** The answer that accepts the sample key, with further lines (each without its CRLF). */
export function answer(...lines: string[]): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${SAMPLE_ACCEPT}`,
    ...lines,
    '\r\n',
  ].join('\r\n');
}

/** Another HTTP answer. */
export function httpAnswer(statusLine: string, fields: readonly string[] = [], body = ''): string {
  return [`HTTP/1.1 ${statusLine}`, ...fields, '', body].join('\r\n');
}

/** `text` as Latin-1 bytes. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** `text` as UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The frames written since the last look, in short. */
export function sent(harness: Harness): [opcode: number, fin: boolean, payload: number[]][] {
  return harness.frames().map(({ opcode, fin, payload }) => [opcode, fin, [...payload]]);
}

/** Everything in one array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** 'de ad' as bytes. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/\S+/g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** What a server must answer to `key`, by Node's own SHA-1. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
