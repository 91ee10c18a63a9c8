/**
 * The WebSocket API of Home Assistant (https://developers.home-assistant.io/docs/api/websocket).
 */
import { UsageError } from '../base/errors.ts';
import { json } from '../messaging/codec.ts';
import type { Classified, EnvelopeFactory, RpcEnvelope } from '../messaging/envelope.ts';
import { checkHomeAssistant, type HomeAssistantOptions } from './checks.ts';
import { protocolLogin } from './parts.ts';
import { heard, isShape, otherProtocol, refused, remote, type Shape } from './shapes.ts';

export type { HomeAssistantOptions } from './checks.ts';

/** The first command on every connection; it has to have this id. Ours begin above it, and rise from line to line. */
const FEATURES_ID = 1;

/**
 * The envelope of Home Assistant: `request('call_service', { domain, service, target, service_data })` sends a command of this
 * type with these members and resolves with its result; `subscribe('subscribe_events', { event_type })` takes events, and so do
 * all commands that subscribe (`subscribe_trigger`, `render_template` and others).
 *
 * Logs in on every connection. A token that is refused is final: the client stops with an `AuthError`, unless its `auth` can
 * `renew`; so give a function that has a fresh one. Every command is answered, so there is no `notify`. Ids rise strictly on each
 * connection, as Home Assistant demands. Nothing is resumed: on a `gap` ask `get_states` again.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'ws://homeassistant.local:8123/api/websocket',
 *   envelope: homeAssistant({ token: () => session.accessToken() }),
 * });
 * const changes = client.subscribe('subscribe_events', { event_type: 'state_changed' });
 * changes.on(({ data }) => console.log(data.entity_id, data.new_state?.state));
 * ```
 */
export function homeAssistant(options: HomeAssistantOptions): EnvelopeFactory {
  checkHomeAssistant(options, homeAssistant);
  const { token, coalesce = true } = options;
  return () => {
    let last = FEATURES_ID;
    const command = (id: unknown, type: string, params?: unknown): Shape => ({
      ...(params as Shape),
      id,
      type,
    });
    const request: RpcEnvelope['request'] = (id, type, params) => command(id, type, params);
    return {
      codec: json(),
      // With coalesced messages a frame may be a list.
      reader: () => ({ split: (value) => (Array.isArray(value) ? value : [value]), classify }),
      rpc: {
        allocate: () => ++last,
        request,
        question: (id) => command(id, 'ping'),
        notification: () => {
          throw new UsageError('UNSUPPORTED', { detail: 'no-notification' });
        },
        subscriptions: {
          confirms: true,
          subscribe: request,
          adopt: (_result, key) => key,
          unsubscribe: (id, subscription) => command(id, 'unsubscribe_events', { subscription }),
        },
      },
      use: [
        protocolLogin(async (line) => {
          if ((await heard(line)).type !== 'auth_required') throw otherProtocol('auth_required');
          const access_token = typeof token === 'function' ? await token() : token;
          line.send(JSON.stringify({ type: 'auth', access_token }));
          const { type, message } = await heard(line);
          if (type === 'auth_invalid') throw refused('auth', remote(undefined, message));
          if (type !== 'auth_ok') throw otherProtocol('auth_ok or auth_invalid');
          if (!coalesce) return;
          const features = { coalesce_messages: 1 };
          line.send(JSON.stringify(command(FEATURES_ID, 'supported_features', { features })));
        }),
      ],
    };
  };
}

function classify(message: unknown): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { id: key, type } = message;
  if (typeof key !== 'number') return { kind: 'message' };
  // An older server does not know the command, and goes on without.
  if (key === FEATURES_ID) return { kind: 'nothing' };
  switch (type) {
    case 'pong':
      return { kind: 'reply', key, result: undefined };
    case 'result': {
      const { success, result, error } = message;
      if (success === true) return { kind: 'reply', key, result };
      const { code, message: why } = isShape(error) ? error : {};
      return { kind: 'failure', key, error: remote(code, why) };
    }
    case 'event': {
      const { event: payload } = message;
      const named = isShape(payload) ? payload.event_type : undefined;
      const name = typeof named === 'string' ? named : type;
      return { kind: 'event', name, payload, subscription: { key, payload } };
    }
    default:
      return { kind: 'message' };
  }
}
