/** What is done to the attacked program, and what it tells of it. Both travel as JSON. */
import type { Limits } from '../../src/protocol/limits.ts';
import type { TcpOptions } from '../../src/transport/tcp/tcp-transport.ts';

/** Everything of this library that connects. */
export const WAYS = ['connect', 'createClient', 'WebSocket'] as const;

export type Way = (typeof WAYS)[number];

export interface Ordeal {
  readonly way: Way;
  readonly url: string;
  readonly protocols: string[];
  readonly options: {
    readonly limits?: Partial<Limits>;
    readonly handshakeTimeout?: number;
    readonly closeTimeout?: number;
  };
  /** Options of the transport that are data. */
  readonly transport: Omit<TcpOptions, 'lookup'>;
}

/** The fields of an error. */
export interface Evidence {
  readonly code: string;
  readonly phase?: string;
  readonly status?: number;
  readonly body?: string;
  readonly limit?: number;
  readonly size?: number;
  /** The code of its cause. */
  readonly cause?: string;
  /** Message and stack. */
  readonly text: string;
}

export interface Report {
  /** How many close events were told. */
  readonly closes: number;
  readonly messages: number;
  /** Sizes of the messages together. */
  readonly bytes: number;
  readonly code?: number | undefined;
  readonly wasClean?: boolean | undefined;
  readonly error?: Evidence | undefined;
  /** How far the resident memory grew at its peak, in bytes. */
  readonly growth: number;
  /** What nobody caught. */
  readonly uncaught: string[];
}
