/** What a client tells of itself: one union of plain objects that JSON can carry. No secret of an attempt is in any of them. */
import type { DeliveryOutcome, HandshakePhase } from '../../base/errors.ts';
import type { StateReason, Status } from '../../connection/states.ts';

/** What every record says. */
export interface RecordTime {
  /** When it was written, in milliseconds since 1970 UTC, by the wall clock of the client. */
  readonly time: number;
}

/** What every record of one connection says. */
export interface ConnectionRecord extends RecordTime {
  /** Which connection, or attempt, of this client: 1 for the first. Two may be open at a time during a handover. */
  readonly connection: number;
}

/** An attempt begins. */
export interface ConnectRecord extends ConnectionRecord {
  /** Which record this is. */
  readonly type: 'connect';
  /** Where to, without user, password and query. */
  readonly url: string;
  /** How many subprotocols are offered. Their names may be tokens; see {@link OpenRecord.protocol}. */
  readonly protocols: number;
  /** The header fields that the client adds to the handshake: values that may be secret are `[redacted]`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The opening has come to a phase. Told by the TCP transport alone: a browser keeps them to itself. */
export interface PhaseRecord extends ConnectionRecord {
  /** Which record this is. */
  readonly type: 'phase';
  /** Which phase begins: `dns`, `tcp`, `proxy`, `tls`, `http`. */
  readonly phase: HandshakePhase;
  /** With `http`: the header fields of the request that is sent, values that may be secret `[redacted]`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The handshake succeeded. */
export interface OpenRecord extends ConnectionRecord {
  /** Which record this is. */
  readonly type: 'open';
  /** Milliseconds since `connect`. */
  readonly duration: number;
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;
  /** The extensions in use, or an empty string. */
  readonly extensions: string;
  /** The header fields of the server's answer, cookies and secrets `[redacted]`. Undefined where the platform hides them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The kinds of frames (RFC 6455, 5.2). */
export type FrameName = 'continuation' | 'text' | 'binary' | 'close' | 'ping' | 'pong';

/** A frame crossed the connection; over a browser's WebSocket, or polling, a message. */
export interface FrameRecord extends ConnectionRecord {
  /** Which record this is. */
  readonly type: 'frame';
  /** `in`: from the server; `out`: to it. */
  readonly direction: 'in' | 'out';
  /** What kind. */
  readonly opcode: FrameName;
  /** Whether it ends its message. */
  readonly fin: boolean;
  /** Bytes of the payload on the wire. */
  readonly length: number;
  /** Bytes of the payload as it is, where compression makes that another number. */
  readonly inflated?: number | undefined;
  /** How the payload begins, up to `preview` bytes: text, or base64 (see `encoding`). Only where `preview` asks for it. */
  readonly preview?: string | undefined;
  /** How `preview` is written. */
  readonly encoding?: 'text' | 'base64' | undefined;
  /** `true`: there is more of the payload than `preview` shows. */
  readonly cut?: true | undefined;
}

/** An error in short. Its message holds no secret of the connection. */
export interface ErrorSummary {
  /** `HandshakeError`, `DeliveryError` … */
  readonly name: string;
  /** The stable code; of an error of another library undefined. */
  readonly code?: string | undefined;
  /** The HTTP status of a refused handshake. */
  readonly status?: number | undefined;
  /** What happened, and what to do. */
  readonly message: string;
}

/** A connection, or an attempt, is over. */
export interface CloseRecord extends ConnectionRecord {
  /** Which record this is. */
  readonly type: 'close';
  /** The close code; 1006 without a Close frame. */
  readonly code: number;
  /** The reason beside it. */
  readonly reason: string;
  /** Whether the closing handshake was done. */
  readonly wasClean: boolean;
  /** Milliseconds since `connect`. */
  readonly duration: number;
  /** What went wrong, if something did. */
  readonly error?: ErrorSummary | undefined;
}

/** The status of the client changed. */
export interface StateRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'state';
  /** The status before. */
  readonly from: Status;
  /** The status now. */
  readonly to: Status;
  /** Why. */
  readonly reason: StateReason;
  /** How many times the client has been ready. */
  readonly epoch: number;
  /** What `client.why().summary` says now. */
  readonly why: string;
  /** When the next attempt begins, in milliseconds since 1970 UTC. Only while `waiting`. */
  readonly retryAt?: number | undefined;
}

/** A request was asked for: `client.request` was called. */
export interface RequestRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'request';
  /** Numbers the requests of this client: 1 for the first. Not the key on the wire. */
  readonly id: number;
  /** The method. */
  readonly name: string;
}

/** A request is settled. */
export interface ReplyRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'reply';
  /** That of its {@link RequestRecord}. */
  readonly id: number;
  /** The method. */
  readonly name: string;
  /** Milliseconds from the call to here. */
  readonly duration: number;
  /**
   * `replied`: the server answered; `refused`: it answered with an error; `not-sent`: never left; `unknown`: sent, and nobody
   * knows what became of it; `failed`: the call itself was wrong.
   */
  readonly outcome: 'replied' | 'refused' | 'failed' | DeliveryOutcome;
  /** What it was rejected with. */
  readonly error?: ErrorSummary | undefined;
}

/** A subscription changed: `pending` (asked for, or its connection is lost), `active` (confirmed), `closed`. */
export interface SubscriptionRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'subscription';
  /** Numbers the subscriptions of this client: 1 for the first. */
  readonly id: number;
  /** What was subscribed to. */
  readonly name: string;
  /** Where it stands now. */
  readonly status: 'pending' | 'active' | 'closed';
  /** What ended it, if it was an error. */
  readonly error?: ErrorSummary | undefined;
}

/** There may be a hole in what the client heard. */
export interface GapRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'gap';
  /** The connection before, by `state.epoch`. */
  readonly previousEpoch: number;
  /** The connection now. */
  readonly epoch: number;
  /** Milliseconds without a connection. */
  readonly duration: number;
  /** Whether the server proved that nothing was missed. */
  readonly recovered: boolean;
  /** The subscription whose reader was too slow, where that made the hole. */
  readonly subscription?: string | undefined;
}

/** A message was dropped, or not taken. */
export interface DropRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'drop';
  /** What became of it. */
  readonly outcome: DeliveryOutcome;
  /** Why. */
  readonly error: ErrorSummary;
}

/** Something went wrong, and the client goes on: its `error` event. */
export interface ErrorRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'error';
  /** What. */
  readonly error: ErrorSummary;
}

/** A heartbeat was answered. */
export interface RttRecord extends RecordTime {
  /** Which record this is. */
  readonly type: 'rtt';
  /** The round trip, in milliseconds. */
  readonly rtt: number;
  /** Its running mean, in milliseconds. */
  readonly smoothed: number;
}

/**
 * What `trace()` tells, one union for a `switch` over `type`. All are plain objects that `JSON.stringify` carries.
 *
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   use: [trace((record) => {
 *     if (record.type === 'reply') console.log(record.name, record.outcome, record.duration);
 *   })],
 * });
 * ```
 */
export type TraceRecord =
  | ConnectRecord
  | PhaseRecord
  | OpenRecord
  | FrameRecord
  | CloseRecord
  | StateRecord
  | RequestRecord
  | ReplyRecord
  | SubscriptionRecord
  | GapRecord
  | DropRecord
  | ErrorRecord
  | RttRecord;
