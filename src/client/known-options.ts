/**
 * An option that there is not is refused, so that a typo is no default. In the build for Node alone: in a browser every
 * byte counts, and the types say the same.
 */
import { UsageError } from '../base/errors.ts';
import { DEFAULT_BACKOFF } from '../connection/backoff.ts';
import { DEFAULT_OUTBOX } from '../messaging/outbox.ts';
import type { TcpOptions } from '../transport/tcp/tcp-transport.ts';

/** The compiler notices one that is missing here. */
const TRANSPORT: Readonly<Record<keyof TcpOptions, true>> = {
  headers: true,
  origin: true,
  tls: true,
  proxy: true,
  createConnection: true,
  lookup: true,
  family: true,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: true,
  localAddress: true,
  connectsPerHost: true,
  redirects: true,
  compression: true,
  receiveBuffer: true,
};
const OF_TRANSPORT = Object.keys(TRANSPORT).join(' ');
const OF_BOTH = 'protocols closeTimeout limits trace transport clock random';
const OF_CLIENT = `url envelope codec auth environment reconnect heartbeat outbox pacing requests subscriptions handover requestTimeout ${OF_BOTH}`;
const OF_CONNECT = `signal handshakeTimeout inbox maxBufferedBytes pacing ${OF_BOTH} ${OF_TRANSPORT}`;

/** What the options that are objects themselves may hold. */
const INNER: readonly (readonly [name: string, known: string])[] = [
  ['heartbeat', 'interval timeout ping echo announced'],
  ['reconnect', `${Object.keys(DEFAULT_BACKOFF).join(' ')} maxAttempts backoff policy probe`],
  ['outbox', `${Object.keys(DEFAULT_OUTBOX).join(' ')} journal`],
];

/**
 * Checks the names in the options of `createClient`.
 *
 * @throws UsageError `INVALID_OPTION` with the names that there are
 */
export function checkClientKeys(options: object): void {
  refuseUnknown(options, OF_CLIENT, '');
  for (const [name, known] of INNER) {
    refuseUnknown((options as Record<string, unknown> | null | undefined)?.[name], known, `${name}.`);
  }
}

/** As {@link checkClientKeys}, for those of `connect`. */
export function checkConnectKeys(options: object): void {
  refuseUnknown(options, OF_CONNECT, '');
}

function refuseUnknown(given: unknown, known: string, prefix: string): void {
  if (typeof given !== 'object' || given === null) return; // refused, or right, elsewhere
  const names = known.split(' ');
  for (const key of Object.keys(given)) {
    if (names.includes(key)) continue;
    const isOfTransport = prefix === '' && OF_TRANSPORT.split(' ').includes(key);
    const detail = isOfTransport ? 'of-transport' : 'unknown';
    throw new UsageError('INVALID_OPTION', { detail, option: prefix + key, known: names.join(', ') });
  }
}
