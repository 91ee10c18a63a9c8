/** Short connections that come and go. */
import { connect } from '../../src/client/create-client.node.ts';
import type { Socket } from '../../src/client/socket.ts';
import { WebSocket } from '../../src/transport/tcp/whatwg/websocket.ts';
import type { Dice } from './dice.ts';
import { Aborts, pause, type World } from './world.ts';

const TIMES = { handshakeTimeout: 500, closeTimeout: 250 } as const;

/** Longer than it may take to notice that a line is dead, where something notices. */
const MOST_PATIENCE_MS = 300;

/** Opens one short connection after the other until the round is over; all are closed then. */
export async function liveShortly(world: World, number: number): Promise<void> {
  const dice = world.dice.fork(number);
  const aborts = new Aborts();
  while (!world.isOver) {
    if (dice.chance(0.5)) await converse(world, dice, aborts);
    else await webSocket(world, dice);
    await pause(dice.byDigits(100));
  }
  aborts.clear();
}

/** `connect()`: asks a few times, and leaves. */
async function converse(world: World, dice: Dice, aborts: Aborts): Promise<void> {
  const { ledger } = world;
  // Not AbortSignal.any() with the shared one: Node 20 keeps a note of every signal that was ever made of another.
  const patience = (): AbortSignal => aborts.within(dice.between(50, MOST_PATIENCE_MS));
  const signal = dice.chance(0.3) ? aborts.within(dice.byDigits(100)) : world.signal;
  const socket = await ledger.track(
    'connect',
    connect(dice.pick(world.addresses), { ...TIMES, signal, compression: dice.chance(0.3) }),
  );
  if (socket === undefined) return;
  const closed = ledger.track('socket closed', socket.closed);
  for (let left = dice.between(0, 4); left > 0; left--) {
    ask(world, dice, socket);
    if (dice.chance(0.3)) await ledger.track('drained', socket.drained({ signal: patience() }));
    await ledger.track('receive', socket.receive({ signal: patience() }));
  }
  if (dice.chance(0.2)) void ledger.track('receive', socket.receive());
  await ledger.track('socket close', socket.close(dice.pick([undefined, 1000, 4000])));
  await closed;
}

function ask({ ledger, id }: World, dice: Dice, socket: Socket): void {
  const call = { id: 1, method: 'echo', params: { id: id(), fill: 'x'.repeat(dice.byDigits(50_000)) } };
  const sent = new Promise<boolean>((resolve) => resolve(socket.send(JSON.stringify(call))));
  // The socket tells no outcome: what it has not taken is not on the way, and nothing goes out twice.
  ledger.message('socket send', call.params.id, false, sent.catch(notSent));
}

function notSent(error: unknown): never {
  throw Object.assign(new Error('not sent', { cause: error }), {
    code: (error as { code: string }).code,
    outcome: 'not-sent',
  });
}

/** The class, with listeners of both kinds. */
async function webSocket(world: World, dice: Dice): Promise<void> {
  const { ledger } = world;
  const socket = new WebSocket(dice.pick(world.addresses), [], {
    ...TIMES,
    compression: dice.chance(0.3),
  });
  socket.binaryType = 'arraybuffer';
  const closed = ledger.track(
    'WebSocket closed',
    new Promise<void>((resolve) => {
      socket.addEventListener('close', () => resolve(), { once: true });
    }),
  );
  socket.onerror = () => ledger.count('WebSocket errors');
  socket.onmessage = () => ledger.count('WebSocket messages');
  socket.onopen = () => {
    for (let left = dice.between(0, 3); left > 0; left--) {
      const id = world.id();
      ledger.message('WebSocket send', id, false, Promise.resolve());
      const params = { id, fill: 'x'.repeat(dice.byDigits(50_000)) };
      socket.send(JSON.stringify({ id: 1, method: 'echo', params }));
    }
    socket.ping('soak');
  };
  const enough = pause(dice.byDigits(400));
  await Promise.race([closed, enough]);
  if (dice.chance(0.3)) socket.terminate();
  else socket.close(dice.pick([1000, 4000]), 'enough');
  await Promise.all([closed, enough]);
}
