/** Discord's gateway, version 10, JSON (discord.com/developers/docs, "Gateway"). */
import { json } from 'holdline';
import {
  type Classified,
  closeCodes,
  type EnvelopeFactory,
  type LoginLine,
  protocolAddress,
  protocolHeartbeat,
  protocolLogin,
} from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

/** "Gateway Opcodes". */
const OP = {
  event: 0,
  heartbeat: 1,
  identify: 2,
  presence: 3,
  voice: 4,
  resume: 6,
  reconnect: 7,
  members: 8,
  invalid: 9,
  hello: 10,
  acknowledged: 11,
} as const;

/** What outlives a connection: where, and behind which event, the next one goes on. */
interface Session {
  id?: string | undefined;
  url?: string | undefined;
  seq: number | null;
}

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

/**
 * Events by their name (`MESSAGE_CREATE`) with their data; `notify('presence', d)` and `notify('voice', d)` send;
 * `request('members', { guild_id, … })` resolves when the last chunk has come, and each is its progress.
 *
 * A lost connection is resumed: what was missed comes, and the `gap` says `recovered: true`.
 *
 * @param intents - sum of the numbers of "Gateway Intents"
 */
export function discord(token: () => string | Promise<string>, intents: number): EnvelopeFactory {
  return () => {
    let last = 0;
    const session: Session = { seq: null };
    return {
      codec: json(),
      reader: () => ({ split: (value) => [value], classify: (message) => classify(message, session) }),
      rpc: {
        allocate: () => String(++last),
        request: (nonce, _name, d) => ({ op: OP.members, d: { ...(d as Shape), nonce } }),
        notification: (name, d) => ({ op: name === 'voice' ? OP.voice : OP.presence, d }),
      },
      use: [
        protocolAddress((url) => `${session.url ?? url}?v=10&encoding=json`),
        // 4004: the token. 4010 to 4014: what no other attempt would change.
        closeCodes({ 4004: 'renew', 4010: 'stop', 4011: 'stop', 4012: 'stop', 4013: 'stop', 4014: 'stop' }),
        protocolHeartbeat({
          timeout: 10_000,
          // Its answers (11) come as often: silence means that the connection is dead.
          beat: { interval: 0, message: () => JSON.stringify({ op: OP.heartbeat, d: session.seq }) },
        }),
        protocolLogin((line) => identify(line, session, token, intents)),
      ],
    };
  };
}

async function identify(
  line: LoginLine,
  session: Session,
  token: () => string | Promise<string>,
  intents: number,
): Promise<{ recovered: boolean }> {
  const hello = await read(line);
  if (hello.op !== OP.hello || !isShape(hello.d)) throw new Error('This is not Discord: no hello.');
  const interval = Number(hello.d.heartbeat_interval);
  line.announce(interval, interval);
  const isResumed = session.id !== undefined;
  const properties = { os: 'linux', browser: 'holdline', device: 'holdline' };
  const own = isResumed ? { session_id: session.id, seq: session.seq } : { intents, properties };
  const said = JSON.stringify({
    op: isResumed ? OP.resume : OP.identify,
    d: { token: await token(), ...own },
  });
  line.send(said);
  for (;;) {
    const message = await read(line);
    const { op, t, d } = message;
    if (op === OP.heartbeat) line.send(JSON.stringify({ op: OP.heartbeat, d: session.seq }), false);
    if (op === OP.invalid) {
      if (d !== true) forget(session);
      throw new Error('Discord does not know the session.');
    }
    if (op !== OP.event) continue;
    if (t === 'READY' || t === 'RESUMED') {
      classify(message, session);
      return { recovered: isResumed };
    }
    // What was missed comes before RESUMED.
    line.deliver(JSON.stringify(message));
  }
}

async function read(line: LoginLine): Promise<Shape> {
  const message: unknown = JSON.parse(String(await line.receive()));
  if (!isShape(message)) throw new Error('This is not Discord: no JSON.');
  return message;
}

function forget(session: Session): void {
  session.id = undefined;
  session.url = undefined;
  session.seq = null;
}

function classify(message: unknown, session: Session): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { op, d, s, t } = message;
  if (op === OP.acknowledged) return { kind: 'nothing' };
  if (op === OP.heartbeat) return { kind: 'nothing', also: { answer: { op: OP.heartbeat, d: session.seq } } };
  if (op === OP.reconnect) return { kind: 'nothing', also: { goodbye: { reason: 'reconnect' } } };
  if (op === OP.invalid) {
    if (d !== true) forget(session);
    return { kind: 'nothing', also: { goodbye: { reason: 'invalid session', delay: 1_000 } } };
  }
  if (op !== OP.event || typeof t !== 'string') return { kind: 'message' };
  // What was missed is read when the login is over, and RESUMED was before.
  if (typeof s === 'number') session.seq = Math.max(session.seq ?? 0, s);
  const {
    session_id: id,
    resume_gateway_url: url,
    nonce,
    chunk_index: at,
    chunk_count: count,
  } = (isShape(d) ? d : {}) as Shape;
  if (t === 'READY' && typeof id === 'string' && typeof url === 'string') {
    session.id = id;
    session.url = url;
  }
  if (t === 'GUILD_MEMBERS_CHUNK' && typeof nonce === 'string' && nonce.length <= 32)
    return typeof at === 'number' && typeof count === 'number' && at >= count - 1
      ? { kind: 'reply', key: nonce, result: d }
      : { kind: 'progress', key: nonce, payload: d };
  return { kind: 'event', name: t, payload: d };
}
