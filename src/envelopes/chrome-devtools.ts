/**
 * The Chrome DevTools Protocol with flattened sessions (https://chromedevtools.github.io/devtools-protocol, domain Target), as
 * Chromium, Edge and Node's inspector speak it. Measured on Chromium 156.
 */
import type { Classified, EnvelopeFactory, RequestKey, RpcEnvelope } from '../messaging/envelope.ts';
import { jsonRpc } from '../messaging/json-rpc.ts';
import { isShape, type Shape } from './shapes.ts';

/** The id of commands whose answer nobody waits for; commands that somebody waits for are numbered from 1 on. */
const UNAWAITED = 0;

/** What the browser itself says of a session that is not there. */
const NO_SESSION = -32_001;

/**
 * The envelope of the Chrome DevTools Protocol: `request('Page.navigate', params)` sends a command and resolves with its
 * result, events come by their method.
 *
 * `meta` is the session: `request(method, params, { meta: { sessionId } })`. The listener of an event gets it as its second
 * argument; without one it is of the target that the address names. When a session is detached its commands, which the browser
 * never answers, are rejected with the code -32001. There are no subscriptions: enable a domain (`Page.enable`) and listen,
 * before you enable it, since its first events overtake the reply. After a reconnect enable it again, in a new session.
 *
 * Screenshots and heap snapshots are large: a message may have 16 MiB unless `limits.maxMessageBytes` and
 * `json({ maxParsedBytes })` say more. The browser refuses with HTTP 403 whoever sends an `Origin`: pages always do, so for them
 * it has to be started with `--remote-allow-origins`; from Node none is sent. It takes an IP address or `localhost` as host, no
 * other name. `Browser.close` is answered, and then the connection is lost.
 *
 * @example
 * ```ts
 * const { webSocketDebuggerUrl: url } = await (await fetch('http://127.0.0.1:9222/json/version')).json();
 * const client = createClient({
 *   url,
 *   envelope: chromeDevTools(),
 *   limits: { maxMessageBytes: 256 * 1024 * 1024 },
 *   codec: json({ maxParsedBytes: 1024 * 1024 * 1024 }),
 * });
 * const { targetId } = await client.request('Target.createTarget', { url: 'about:blank' });
 * const { sessionId } = await client.request('Target.attachToTarget', { targetId, flatten: true });
 * client.onEvent('Page.loadEventFired', (event, meta) => console.log('loaded', meta));
 * await client.request('Page.enable', undefined, { meta: { sessionId } });
 * ```
 */
export function chromeDevTools(): EnvelopeFactory {
  const make = jsonRpc({ version: false });
  return () => {
    const { codec, reader, rpc } = make();
    const { allocate, request, numberAbove } = rpc as RpcEnvelope;
    /** The sessions of the commands under way. */
    const sessions = new Map<RequestKey, unknown>();
    const command = (key: RequestKey, method: string, params: unknown, meta: unknown): Shape => {
      const sessionId = isShape(meta) ? meta.sessionId : undefined;
      if (sessionId !== undefined && key !== UNAWAITED) sessions.set(key, sessionId);
      return { ...(request(key, method, params) as Shape), sessionId };
    };
    return {
      codec,
      reader: (session) => {
        const { split, classify } = reader(session);
        return { split, classify: (message) => meaningOf(message, classify(message), sessions) };
      },
      rpc: {
        allocate,
        request: command,
        notification: (method, params, meta) => command(UNAWAITED, method, params, meta),
        // A browser answers it; of others that there is no such method is an answer, too.
        question: (key) => command(key, 'Browser.getVersion', undefined, undefined),
        forget: (key) => void sessions.delete(key),
        ...(numberAbove === undefined ? {} : { numberAbove }),
      },
    };
  };
}

function meaningOf(
  message: unknown,
  meaning: Classified,
  sessions: ReadonlyMap<RequestKey, unknown>,
): Classified {
  if (meaning.kind === 'reply' && meaning.key === UNAWAITED) return { kind: 'nothing' };
  if (meaning.kind === 'failure' && meaning.key === UNAWAITED) return { kind: 'error', error: meaning.error };
  if (meaning.kind !== 'event') return meaning;
  const { name, payload } = meaning;
  const { sessionId } = message as Shape;
  const event = sessionId === undefined ? meaning : { ...meaning, meta: { sessionId } };
  const gone =
    name === 'Target.detachedFromTarget' && isShape(payload)
      ? payload.sessionId
      : name === 'Inspector.detached'
        ? sessionId
        : undefined;
  if (typeof gone !== 'string') return event;
  const match = (key: RequestKey): boolean => sessions.get(key) === gone;
  return {
    ...event,
    also: { abandons: { match, error: { code: NO_SESSION, message: 'session detached' } } },
  };
}
