import { fromBase64, toBase64 } from '../../base64.ts';
import type { PollAnswer, PollingOptions, PollMessage, PollNews } from '../options.ts';
import { recordOf, withParameters } from './shape.ts';

/** What is remembered of a session of Engine.IO. */
export interface EngineIoSession {
  /** Where to ask and to send. */
  readonly url: URL;
  /** Milliseconds for which the server may say nothing. */
  readonly hold: number;
}

/** Stands between two packets (Engine.IO protocol 4, "Polling"). */
const SEPARATOR = '\x1e';

const CLOSE = '1';
const NOOP = '6';

/** "The Close frame had no code": over a WebSocket a server of Engine.IO ends so. */
const NO_CODE = 1005;

/** Most packets in one answer: servers of Engine.IO write as many as fit into a megabyte or so. */
const MAX_PACKETS = 100_000;

/** A server that would hold a poll for longer cannot be told from one that is gone. */
const MAX_HOLD_MS = 600_000;

/**
 * Engine.IO 4 over polling, what is below Socket.IO 3 and 4. Every packet is a message, as it is over a WebSocket, the first
 * (`0{…}`) and the server's pings included: use it under an envelope of Socket.IO. The address is that of the WebSocket, such
 * as `wss://example.com/socket.io/`.
 *
 * A server takes one request to receive and one to send at a time, and ends a session that has two; it does not say again
 * what was in an answer that was lost.
 *
 * @example
 * ```ts
 * createClient({ url: 'wss://example.com/socket.io/', envelope: raw(), transport: pollingTransport(engineIo()) });
 * ```
 */
export function engineIo(): PollingOptions<EngineIoSession> {
  return {
    start: async ({ url: address, ask, hide }) => {
      const url = withParameters(address, { EIO: '4', transport: 'polling' });
      const answer = await ask({ url });
      const [first = ''] = answer.text.split(SEPARATOR);
      const { sid, pingInterval, pingTimeout } = recordOf(first.slice(1));
      if (first[0] !== '0' || typeof sid !== 'string') throw new TypeError('not an opening of Engine.IO');
      hide(sid);
      const hold = Number(pingInterval) + Number(pingTimeout);
      if (!(hold > 0 && hold <= MAX_HOLD_MS)) throw new TypeError('not an opening of Engine.IO');
      return { session: { url: withParameters(url, { sid }), hold }, ...parse(answer) };
    },
    poll: ({ url }) => ({ url }),
    parse,
    send: (packets, { url }) => ({ url, body: packets.map(written).join(SEPARATOR) }),
    end: ({ url }) => ({ url, body: CLOSE }),
    hold: ({ hold }) => hold,
    carries: (packet) => typeof packet !== 'string' || !packet.includes(SEPARATOR),
    keeps: true,
    forgotten: [400],
  };
}

function parse({ text }: PollAnswer): PollNews {
  const messages: PollMessage[] = [];
  const packets = text.split(SEPARATOR, MAX_PACKETS + 1);
  if (packets.length > MAX_PACKETS) throw new TypeError(`more than ${MAX_PACKETS} packets of Engine.IO`);
  for (const packet of packets) {
    if (packet === CLOSE) return { messages, close: { code: NO_CODE, reason: '' } };
    if (packet !== NOOP && packet !== '') messages.push(read(packet));
  }
  return { messages };
}

/** A packet is text that begins with a digit; bytes are `b` and base64. */
function read(packet: string): PollMessage {
  if (packet[0] === 'b') return fromBase64(packet.slice(1));
  if (/^\d/.test(packet)) return packet;
  throw new TypeError('not a packet of Engine.IO');
}

function written(packet: PollMessage): string {
  return typeof packet === 'string' ? packet : `b${toBase64(packet)}`;
}
