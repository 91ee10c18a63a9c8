/**
 * Kubernetes: exec and attach, subprotocol `v5.channel.k8s.io` (kubernetes.io; apimachinery, remotecommand/websocket.go), and
 * port-forward, which has the same frames.
 */
import { plain, UsageError } from 'holdline';
import { type Classified, type EnvelopeFactory, subprotocols } from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

/** The first byte of every message. */
const CHANNELS = ['stdin', 'stdout', 'stderr', 'error', 'resize'] as const;
const CLOSE = 255;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * `onEvent('stdout' | 'stderr', (bytes) => …)` hears what the program writes, `onEvent('exit', ({ code, status }) => …)` its end,
 * after which the client is closed. `notify('stdin', 'ls\n')` takes a text or bytes, `notify('resize', { Width: 80, Height: 24 })`
 * the size of the terminal, `notify('close', 'stdin')` ends the program's input.
 *
 * A session cannot be taken up again: make the client with `reconnect: false`. In Node the token is a header,
 * `auth: bearer({ token })`; a page offers `base64url.bearer.authorization.k8s.io.<token in base64url>` as a subprotocol too.
 */
export function kubernetes(): EnvelopeFactory {
  return () => {
    let last = 0;
    return {
      codec: { ...plain(), reads: true },
      reader: () => ({ split: (value) => [value], classify }),
      rpc: {
        allocate: () => ++last,
        request: (_key, method) => {
          throw new UsageError('UNSUPPORTED', { detail: 'no-replies', method });
        },
        notification: frame,
      },
      use: [subprotocols('v5.channel.k8s.io', 'v4.channel.k8s.io')],
    };
  };
}

function frame(channel: string, data: unknown): Uint8Array {
  const numberOf = (name: unknown): number => CHANNELS.indexOf(name as 'stdin');
  if (channel === 'close') return Uint8Array.of(CLOSE, numberOf(data));
  const bytes =
    data instanceof Uint8Array
      ? data
      : new TextEncoder().encode(typeof data === 'string' ? data : JSON.stringify(data));
  const whole = new Uint8Array(bytes.length + 1);
  whole[0] = numberOf(channel);
  whole.set(bytes, 1);
  return whole;
}

function classify(message: unknown): Classified {
  if (!(message instanceof Uint8Array)) return { kind: 'message' };
  const name = CHANNELS[message[0] ?? CLOSE];
  const payload = message.subarray(1);
  // The server opens each channel with a frame that is empty.
  if (name === undefined || payload.length === 0) return { kind: 'nothing' };
  if (name !== 'error') return { kind: 'event', name, payload };
  const status = exitOf(payload);
  return {
    kind: 'event',
    name: 'exit',
    payload: status,
    also: { goodbye: { reason: `exit ${status.code}`, reconnect: false } },
  };
}

/** What a `Status` says of the program: its exit code; undefined if it has none, for it did not run. */
function exitOf(bytes: Uint8Array): { readonly code: number | undefined; readonly status: unknown } {
  let status: unknown;
  try {
    status = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return { code: undefined, status: undefined };
  }
  if (!isShape(status)) return { code: undefined, status };
  if (status.status === 'Success') return { code: 0, status };
  const { causes } = (isShape(status.details) ? status.details : {}) as Shape;
  const exit = (Array.isArray(causes) ? (causes as readonly unknown[]) : []).find(
    (one): one is Shape => isShape(one) && one.reason === 'ExitCode',
  );
  return { code: typeof exit?.message === 'string' ? Number(exit.message) : undefined, status };
}
