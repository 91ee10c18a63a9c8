/**
 * STOMP 1.2 (https://stomp.github.io/stomp-specification-1.2.html) over WebSocket. Measured on RabbitMQ 3.10.
 */
import type { LoginLine } from '../auth/authenticator.ts';
import { UsageError } from '../base/errors.ts';
import { type Codec, json } from '../messaging/codec.ts';
import type { Classified, EnvelopeFactory, RemoteError, RpcEnvelope } from '../messaging/envelope.ts';
import { MAX_KEY_LENGTH, MAX_READ_BYTES } from '../messaging/message-limits.ts';
import { utf8Length } from '../protocol/utf8.ts';
import { checkStomp, type StompOptions } from './checks.ts';
import { protocolHeartbeat, protocolLogin, subprotocols } from './parts.ts';
import { otherProtocol, parsed, refused } from './shapes.ts';

export type { StompOptions } from './checks.ts';

/** What a frame says beside its command and its body. */
export type StompHeaders = Readonly<Record<string, string>>;

/** A frame: what `on('message')` gets of those that are for nobody, and `send` takes. */
export interface StompFrame {
  /** `SEND`, `MESSAGE` and so on. */
  readonly command: string;
  /** Of repeated headers the first. */
  readonly headers: StompHeaders;
  /** A text; anything else is sent as JSON. */
  readonly body?: unknown;
}

/** What a subscriber gets. */
export interface StompMessage {
  /** `message-id`, `destination`, `ack` and what the sender has added. */
  readonly headers: StompHeaders;
  /** The value where the `content-type` is JSON and it is some; else the text. */
  readonly body: unknown;
}

/** How often each side says something, unless the options say otherwise. */
const BEAT_MS = 10_000;

/** A frame without an end may have so much before its body, in characters. */
const MAX_HEAD = 65_536;

/** What `request` and `notify` send as a frame of this command, not to a destination. */
const COMMANDS = /^(N?ACK|BEGIN|COMMIT|ABORT)$/;

/**
 * The envelope of STOMP 1.2, for RabbitMQ (`/ws`), ActiveMQ and Spring: `notify('/app/chat', body)` sends to a destination,
 * `request` does so and resolves when the broker has sent the receipt, `subscribe('/topic/chat', headers)` takes its messages as
 * {@link StompMessage}. `meta` of a request has the headers. `notify('ACK', { id })` acknowledges (the id is the message's header
 * `ack`); so do `NACK`, `BEGIN`, `COMMIT` and `ABORT` with their headers as params. A body that is no text is sent as JSON.
 *
 * Brokers do not confirm subscriptions: one counts as confirmed when it was sent. An `ERROR` frame refuses the request that it
 * names, and ends the connection, as the protocol wants; the client connects again. RabbitMQ's names none: an `error` event has
 * it, and the request ends with `REPLY_LOST`. One that answers `CONNECT` is final.
 * Spring's simple broker sends no receipts: use `notify` there. Behind SockJS the address ends in `/websocket`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://broker.example.com/ws',
 *   envelope: stomp({ connect: () => ({ login: 'ada', passcode: askUser(), host: '/' }) }),
 * });
 * client.subscribe('/topic/prices').on(({ body }) => console.log(body));
 * await client.request('/queue/orders', { symbol: 'ABC' }, { meta: { priority: '5' } });
 * ```
 */
export function stomp(options: StompOptions = {}): EnvelopeFactory {
  checkStomp(options, stomp);
  const { connect = {}, heartBeat = [BEAT_MS, BEAT_MS] } = options;
  return () => {
    let last = 0;
    const frame = (method: string, params: unknown, meta: unknown, extra: StompHeaders): StompFrame =>
      COMMANDS.test(method)
        ? { command: method, headers: { ...(params as StompHeaders), ...extra } }
        : {
            command: 'SEND',
            headers: { ...(meta as StompHeaders), destination: method, ...extra },
            body: params,
          };
    const request: RpcEnvelope['request'] = (key, method, params, meta) =>
      frame(method, params, meta, { receipt: String(key) });
    return {
      codec: codecOf(json()),
      reader: () => {
        const frames = new FrameReader();
        return { split: (text) => frames.read(String(text)), classify };
      },
      rpc: {
        allocate: () => String(++last),
        request,
        notification: (method, params, meta) => frame(method, params, meta, {}),
        subscriptions: {
          confirms: false,
          subscribe: (key, destination, params) => ({
            command: 'SUBSCRIBE',
            headers: { ...(params as StompHeaders), id: String(key), destination },
          }),
          adopt: (_result, key) => key,
          unsubscribe: (_key, id) => ({ command: 'UNSUBSCRIBE', headers: { id: String(id) } }),
        },
      },
      use: [
        subprotocols('v12.stomp'),
        protocolHeartbeat({
          // Until the broker has said what it can do, which may be nothing.
          interval: Number.POSITIVE_INFINITY,
          // "the receiver SHOULD [...] take into account an error margin": twice as long in all.
          timeout: heartBeat[1] || BEAT_MS,
          beat: { message: () => '\n', interval: 0 },
        }),
        protocolLogin((line) => greet(line, connect, heartBeat)),
      ],
    };
  };
}

/** Connects, and settles how often each side says something. */
async function greet(
  line: LoginLine,
  connect: NonNullable<StompOptions['connect']>,
  heartBeat: NonNullable<StompOptions['heartBeat']>,
): Promise<void> {
  const given = typeof connect === 'function' ? await connect() : connect;
  for (const [name, value] of Object.entries(given)) if (name !== 'host') line.hide(value);
  const headers = { 'accept-version': '1.2', 'heart-beat': `${heartBeat}`, host: '/', ...given };
  line.send(written('CONNECT', headers), false);
  let text = '';
  while (!text.includes('\0') && text.length < MAX_HEAD) text += await line.receive();
  const end = text.indexOf('\0') + 1;
  const [first] = new FrameReader().read(text.slice(0, end));
  if (first?.command === 'ERROR') throw refused('CONNECT', errorOf(first));
  if (first?.command !== 'CONNECTED') throw otherProtocol('CONNECTED');
  const [can = 0, wants = 0] = (first.headers['heart-beat'] ?? '').split(',').map(Number);
  line.announce(slower(heartBeat[1], can), slower(heartBeat[0], wants));
  // What stood behind it in the same message.
  if (end < text.length) line.deliver(text.slice(end));
}

/** How often the one can say something and the other wants to hear it; 0: not at all (Heart-beating). */
function slower(one: number, other: number): number {
  return one > 0 && other > 0 ? Math.max(one, other) : 0;
}

/** "\r, \n, : and \ in all headers of all frames except CONNECT and CONNECTED" (Value Encoding). */
const PLAIN = '\\\r\n:';
const ESCAPED = '\\rnc';

/** A frame as it stands on the wire. The length stands in it where the body has what would else end it. */
function written(command: string, headers: StompHeaders, body = ''): string {
  const isPlain = command.startsWith('CONNECT');
  const escaped = (text: unknown): string =>
    isPlain ? String(text) : String(text).replace(/[\\\r\n:]/g, (one) => `\\${ESCAPED[PLAIN.indexOf(one)]}`);
  const length = body.includes('\0') ? { 'content-length': String(utf8Length(body)) } : {};
  const lines = Object.entries({ ...headers, ...length }).map(([name, value]) =>
    value === undefined ? '' : `${escaped(name)}:${escaped(value)}\n`,
  );
  return `${command}\n${lines.join('')}\n${body}\0`;
}

/** Frames as texts. The reader takes texts apart: a message of the WebSocket may hold several. */
function codecOf(bodies: Codec): Codec {
  return {
    encode: (value) => {
      const { command, headers, body } = value as StompFrame;
      if (headers === undefined) throw new UsageError('INVALID_DATA', { detail: 'no-frame' });
      if (body === undefined || typeof body === 'string') return written(command, headers, body);
      const json = { 'content-type': 'application/json', ...headers };
      return written(command, json, bodies.encode(body) as string);
    },
    decode: (data) => (typeof data === 'string' ? data : new TextDecoder().decode(data)),
    reads: true,
  };
}

/** What a head says; undefined where it is none. */
function headOf(text: string): StompFrame | undefined {
  const [command = '', ...lines] = text.split(/\r?\n/);
  const isPlain = command === 'CONNECTED';
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) return undefined;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)].map((one) =>
      isPlain ? one : one.replace(/\\./g, (pair) => PLAIN[ESCAPED.indexOf(pair[1] as string)] ?? '\0'),
    ) as [string, string];
    // "Undefined escape sequences such as \t MUST be treated as fatal protocol error."
    if (name.includes('\0') || value.includes('\0')) return undefined;
    // "only the first header entry SHOULD be used" (Repeated Header Entries)
    headers[name] ??= value;
  }
  return { command, headers };
}

/** The command of what a reader gives in place of a frame that is none; nothing behind it can be told apart any more. */
const BROKEN = '';

/** Frames out of texts: several in one, one in several, and newlines in between. */
class FrameReader {
  /** What has come of a head that is not complete. */
  #head = '';
  #frame: StompFrame | undefined;
  /** What has come of its body, in pieces, and the bytes that this has. */
  #pieces: string[] = [];
  #bytes = 0;
  #isBroken = false;

  read(more: string): readonly StompFrame[] {
    const frames: StompFrame[] = [];
    if (this.#isBroken) return frames;
    let text = this.#head + more;
    this.#head = '';
    while (text !== '' && !this.#isBroken)
      text = this.#frame === undefined ? this.#readHead(text) : this.#readBody(text, this.#frame, frames);
    if (this.#isBroken) frames.push({ command: BROKEN, headers: { message: 'not a STOMP frame' } });
    return frames;
  }

  /** Gives what stands behind. Newlines ahead are signs of life. */
  #readHead(padded: string): string {
    const text = padded.replace(/^[\r\n]+/, '');
    const end = /\r?\n\r?\n/.exec(text.slice(0, MAX_HEAD));
    if (end === null) {
      this.#head = text;
      this.#isBroken = text.length >= MAX_HEAD || text.includes('\0');
      return '';
    }
    this.#frame = headOf(text.slice(0, end.index));
    this.#isBroken = this.#frame === undefined;
    return text.slice(end.index + end[0].length);
  }

  /** Gives what stands behind. */
  #readBody(text: string, frame: StompFrame, frames: StompFrame[]): string {
    const length = Number(frame.headers['content-length'] ?? 0);
    let end = -1;
    do {
      const start = end + 1;
      end = text.indexOf('\0', start);
      this.#bytes += utf8Length(text.slice(start, end < 0 ? text.length : end + 1));
    } while (end >= 0 && this.#bytes <= length); // the end itself is one byte
    this.#isBroken = this.#bytes > MAX_READ_BYTES;
    this.#pieces.push(end < 0 ? text : text.slice(0, end));
    if (end < 0) return '';
    frames.push({ ...frame, body: this.#pieces.join('') });
    this.#frame = undefined;
    this.#pieces = [];
    this.#bytes = 0;
    return text.slice(end + 1);
  }
}

function errorOf({ headers: { message }, body }: StompFrame): RemoteError {
  return { message: message ?? String(body), data: body };
}

function classify(message: unknown): Classified {
  const { command, headers, body } = message as StompFrame;
  if (command === 'MESSAGE') {
    const { subscription: key = '', destination: name = '' } = headers;
    const isJson = /^application\/(.*\+)?json/.test(headers['content-type'] ?? '');
    const payload: StompMessage = { headers, body: isJson ? parsed(body, body) : body };
    const event = { kind: 'event', name, payload, meta: headers } as const;
    return key.length > MAX_KEY_LENGTH ? event : { ...event, subscription: { key, payload } };
  }
  const key = headers['receipt-id'];
  const isOurs = key !== undefined && key.length <= MAX_KEY_LENGTH;
  if (command === 'RECEIPT') return isOurs ? { kind: 'reply', key, result: undefined } : { kind: 'nothing' };
  if (command !== 'ERROR' && command !== BROKEN) return { kind: 'message' };
  // "The server [...] MUST then close the connection just after sending the ERROR frame"; RabbitMQ leaves that to us.
  const error = errorOf(message as StompFrame);
  const also = { goodbye: { reason: error.message } };
  return isOurs ? { kind: 'failure', key, error, also } : { kind: 'error', error, also };
}
