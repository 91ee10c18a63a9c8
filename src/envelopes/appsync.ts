/**
 * AWS AppSync Events (https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html), as Amplify
 * speaks it.
 */
import type { LoginLine } from '../auth/authenticator.ts';
import { RequestError } from '../base/errors.ts';
import { json } from '../messaging/codec.ts';
import type { Classified, EnvelopeFactory, RemoteError } from '../messaging/envelope.ts';
import { base64Of, bytesOf } from '../transport/spelled.ts';
import { type AppSyncOptions, checkAppSync } from './checks.ts';
import { protocolCredentials, protocolHeartbeat, protocolLogin, subprotocols } from './parts.ts';
import { heard, isKey, isShape, otherProtocol, parsed, refused, remote, type Shape } from './shapes.ts';

export type { AppSyncMessage, AppSyncOptions } from './checks.ts';

/** The silence after which the connection counts as dead, until the server has named it (`connectionTimeoutMs`). */
const SILENCE_MS = 300_000;

/** How much later than it has said the server may be. */
const TIMEOUT_MS = 10_000;

/** What is refused for good: a new attempt with the same authorization meets the same answer. */
const FINAL: readonly unknown[] = /* @__PURE__ */ Object.freeze([
  ...[400, 401, 403, 'UnauthorizedException', 'AccessDeniedException', 'BadRequestException'],
]);

/**
 * The envelope of AppSync's Events API: `subscribe('/default/room')` takes the events of a channel, read as JSON where they are,
 * and `request('publish', { channel, events })` publishes up to five and resolves with `{ successful, failed }`; each event is any
 * value.
 *
 * `authorize` is asked for every handshake and every subscription. To publish, the authorization of the handshake is used again:
 * enough for API keys and tokens. What is signed for each message (IAM) comes as `meta` of the request. A connection that is
 * refused for its authorization is final: the client stops with an `AuthError`. Nothing is resumed.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const host = 'abc.appsync-api.eu-central-1.amazonaws.com';
 * const client = createClient({
 *   url: 'wss://abc.appsync-realtime-api.eu-central-1.amazonaws.com/event/realtime',
 *   envelope: appSync({ authorize: async () => ({ host, Authorization: await idToken() }) }),
 * });
 * client.subscribe('/default/room').on((event) => console.log(event));
 * await client.request('publish', { channel: '/default/room', events: [{ text: 'hello' }] });
 * ```
 */
export function appSync(options: AppSyncOptions): EnvelopeFactory {
  checkAppSync(options, appSync);
  const { authorize } = options;
  return () => {
    let last = 0;
    /** That of the newest handshake. */
    let current: Shape = {};
    const published = (
      id: unknown,
      type: string,
      params: unknown,
      authorization: unknown = current,
    ): Shape => {
      const { events } = isShape(params) ? params : {};
      const texts = Array.isArray(events) ? events.map((event) => JSON.stringify(event)) : events;
      return { ...(params as Shape), id, type, events: texts, authorization };
    };
    return {
      codec: json(),
      reader: () => ({ split: eventsOf, classify }),
      rpc: {
        allocate: () => String(++last),
        request: published,
        // There is no message without an answer: this one is for nobody.
        notification: (type, params, meta) => published(UNAWAITED, type, params, meta),
        subscriptions: {
          confirms: 'subscribe',
          subscribe: async (id, channel) => ({
            type: 'subscribe',
            id,
            channel,
            authorization: await authorize({ channel }),
          }),
          adopt: (_result, key) => key,
          unsubscribe: (_key, id) => ({ type: 'unsubscribe', id }),
        },
      },
      use: [
        subprotocols('aws-appsync-event-ws'),
        protocolCredentials(async ({ hide }) => {
          const authorization = await authorize();
          for (const [name, value] of Object.entries(authorization)) if (name !== 'host') hide?.(value);
          current = authorization;
          const header = base64Of(bytesOf(JSON.stringify(authorization)));
          return { protocols: [`header-${header.replace(/\+/g, '-').replace(/\//g, '_')}`] };
        }),
        protocolHeartbeat({ interval: SILENCE_MS, timeout: TIMEOUT_MS }),
        protocolLogin(greet),
      ],
    };
  };
}

/** Begins, and hears how long the server may be silent. */
async function greet(line: LoginLine): Promise<void> {
  line.send('{"type":"connection_init"}', false);
  const said = await heard(line);
  if (said.type === 'connection_error') {
    const error = errorOf(said);
    throw FINAL.includes(error.code)
      ? refused('connection_init', error)
      : new RequestError('connection_init', error);
  }
  if (said.type !== 'connection_ack') throw otherProtocol('connection_ack');
  line.announce(Number(said.connectionTimeoutMs));
}

/** The id of messages whose answer nobody waits for; the others are numbered. */
const UNAWAITED = 'unawaited';

/** A message; one with several events is as many. */
function eventsOf(value: unknown): readonly unknown[] {
  return isShape(value) && value.type === 'data' && Array.isArray(value.event)
    ? value.event.map((event) => ({ ...value, event }))
    : [value];
}

/** Of several errors the first. */
function errorOf({ errors }: Shape): RemoteError {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const { errorType, errorCode, message } = isShape(first) ? first : {};
  return remote(errorType ?? errorCode, message ?? errorType, errors);
}

function classify(message: unknown): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { type, id: key } = message;
  if (type === 'ka') return { kind: 'nothing' };
  if (type === 'connection_error' || type === 'broadcast_error' || type === 'error')
    return { kind: 'error', error: errorOf(message) };
  if (!isKey(key)) return { kind: 'message' };
  switch (type) {
    case 'data': {
      const payload = parsed(message.event, message.event);
      return { kind: 'event', name: type, payload, subscription: { key, payload } };
    }
    case 'publish_success':
      if (key === UNAWAITED) return { kind: 'nothing' };
      return { kind: 'reply', key, result: { successful: message.successful, failed: message.failed } };
    case 'subscribe_success':
      return { kind: 'reply', key, result: undefined };
    case 'subscribe_error':
    case 'publish_error':
      return key === UNAWAITED
        ? { kind: 'error', error: errorOf(message) }
        : { kind: 'failure', key, error: errorOf(message) };
    case 'unsubscribe_success':
      return { kind: 'nothing' };
    case 'unsubscribe_error':
      return { kind: 'error', error: errorOf(message) };
    default:
      return { kind: 'message' };
  }
}
