/**
 * obs-websocket 5 (https://github.com/obsproject/obs-websocket, docs/generated/protocol.md), the JSON form. Measured on OBS 29.
 */
import { sha256 } from '../auth/digest.ts';
import { json } from '../messaging/codec.ts';
import type { Classified, EnvelopeFactory, RpcEnvelope } from '../messaging/envelope.ts';
import { checkObs, type ObsOptions } from './checks.ts';
import { closeCodes, protocolLogin, subprotocols } from './parts.ts';
import { heard, isKey, isShape, otherProtocol, remote, type Shape } from './shapes.ts';

export type { ObsOptions } from './checks.ts';

/** The version of the requests. */
const RPC_VERSION = 1;

/** The id of requests whose answer nobody waits for; the others are numbered. */
const UNAWAITED = 'unawaited';

/** What a message is for. */
const OP = {
  hello: 0,
  identify: 1,
  identified: 2,
  event: 5,
  request: 6,
  response: 7,
  batch: 8,
  batchResponse: 9,
} as const;

/**
 * The envelope of OBS Studio: `request('GetSceneList', data)` resolves with the response's data, events come by their type with
 * the event's data. Logs in on every connection, by challenge: the password itself is never sent.
 *
 * A refusal has the code of the protocol: 204 for a request that OBS does not know, 207 while it is not ready. `requestBatch`
 * is a request by the name `RequestBatch`: its params are the batch's members (`requests`, `haltOnFailure`, `executionType`),
 * and it resolves with the list of results. There are no subscriptions: `eventSubscriptions` says which events come at all.
 * Nothing is resumed: ask for the state again when the client has reconnected. Where OBS has kicked the client out it does not
 * come back; a wrong password stops it with an `AuthError`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'ws://127.0.0.1:4455', envelope: obs({ password: () => askUser() }) });
 * client.onEvent('CurrentProgramSceneChanged', ({ sceneName }) => console.log(sceneName));
 * await client.request('SetCurrentProgramScene', { sceneName: 'Break' });
 * ```
 */
export function obs(options: ObsOptions = {}): EnvelopeFactory {
  checkObs(options, obs);
  const { password, eventSubscriptions } = options;
  return () => {
    let last = 0;
    const request: RpcEnvelope['request'] = (key, method, params) =>
      method === 'RequestBatch'
        ? { op: OP.batch, d: { ...(params as Shape), requestId: key } }
        : { op: OP.request, d: { requestType: method, requestId: key, requestData: params } };
    return {
      codec: json(),
      reader: () => ({ split: (value) => [value], classify }),
      rpc: {
        allocate: () => String(++last),
        request,
        // A request without an id ends the whole connection (4003): its answer is `nothing` by this one.
        notification: (method, params) => request(UNAWAITED, method, params),
        question: (key) => request(key, 'GetVersion', undefined),
      },
      use: [
        subprotocols('obswebsocket.json'),
        // 4009: wrong password. 4010: another version. 4011: kicked out.
        closeCodes({ 4009: 'renew', 4010: 'stop', 4011: 'stop' }),
        protocolLogin(async (line) => {
          const { op, d: hello } = await heard(line);
          if (op !== OP.hello || !isShape(hello)) throw otherProtocol('Hello (op 0)');
          const challenge = hello.authentication;
          let authentication: string | undefined;
          if (isShape(challenge)) {
            const secret = (typeof password === 'function' ? await password() : password) ?? '';
            line.hide(secret);
            authentication = sha256(sha256(`${secret}${challenge.salt}`) + challenge.challenge);
          }
          const d = { rpcVersion: RPC_VERSION, authentication, eventSubscriptions };
          line.send(JSON.stringify({ op: OP.identify, d }));
          // "Identified", or a close with the reason.
          if ((await heard(line)).op !== OP.identified) throw otherProtocol('Identified (op 2)');
        }),
      ],
    };
  };
}

function classify(message: unknown): Classified {
  if (!isShape(message) || !isShape(message.d)) return { kind: 'message' };
  const { op, d } = message;
  const { requestId: key, eventType: name } = d;
  if (op === OP.event && typeof name === 'string') return { kind: 'event', name, payload: d.eventData };
  if (!isKey(key)) return { kind: op === OP.identified ? 'nothing' : 'message' };
  if (op === OP.batchResponse) return { kind: 'reply', key, result: d.results };
  if (op !== OP.response) return { kind: 'message' };
  const status = isShape(d.requestStatus) ? d.requestStatus : {};
  if (status.result !== true) {
    const error = remote(status.code, status.comment);
    return key === UNAWAITED ? { kind: 'error', error } : { kind: 'failure', key, error };
  }
  return key === UNAWAITED ? { kind: 'nothing' } : { kind: 'reply', key, result: d.responseData };
}
