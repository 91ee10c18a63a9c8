// The steps of the tour. Each one uses holdline as any program would, and checks what it claims.
import { connect, createClient, isHoldlineError, loginLoop } from 'holdline';
import { contract } from './contract.mjs';
import { check, next, within } from './timeline.mjs';

/** Shorter waits than the defaults (5 s, then up to 30 s), so that the tour is over soon. */
const RECONNECT = { firstDelay: 1_500, baseDelay: 1_000, maxDelay: 2_500 };

/** How often the server must refuse a connection before it is brought back. */
const REFUSALS_BEFORE_RESTART = 2;

/** What is sent while the server is away. */
const LETTERS = ['one', 'two', 'three'];

async function refusedLogin({ timeline, server }) {
  const tries = ['Bob', 'Eve'];
  const stranger = createClient({
    url: server.url,
    auth: loginLoop({
      answer({ turn, reply }) {
        if (reply !== undefined) timeline.event('server', `"${reply}"`);
        const name = tries[turn - 1];
        timeline.event('login', name === undefined ? 'gives up' : `I am "${name}"`);
        return name;
      },
    }),
  });
  const error = await within(
    'the refusal',
    stranger.ready().then(
      () => undefined,
      (reason) => reason,
    ),
  );
  timeline.event('error', `${error?.name}: ${error?.message}`);
  check(timeline, 'ready() rejects with an AuthError', isHoldlineError(error) && error.code, 'AUTH_REFUSED');
  check(timeline, 'and the client stops: a refused login is not repeated', stranger.state.status, 'closed');
  const refused = server.log.filter(({ what }) => what === 'login refused').map(({ name }) => name);
  check(timeline, 'the server was asked for these two names, once each', refused, tries);
}

async function acceptedLogin(tour) {
  const { timeline, server } = tour;
  const names = ['ada', 'Ada'];
  const client = createClient({
    url: server.url,
    contract,
    auth: loginLoop({ answer: ({ turn }) => names[turn - 1] }),
    reconnect: RECONNECT,
    heartbeat: { interval: 300, timeout: 2_000 },
  });
  tour.client = client;
  client.on('state', ({ previous, current }) =>
    timeline.event('state', `${previous.status} -> ${current.status}  (${current.reason})`),
  );
  client.on('error', (error) => timeline.event('error', `${error.code}: ${error.message}`));
  const state = await within('the login', client.ready());
  check(timeline, 'the second name is accepted, and the connection is ready', state.status, 'ready');
  check(timeline, 'it is connection number 1', state.epoch, 1);
}

async function request({ timeline, client }) {
  const begin = performance.now();
  const sum = await within('the sum', client.request('sum', [1, 2, 39], { timeout: 5_000 }));
  timeline.event('request', `sum(1, 2, 39) = ${sum}, after ${(performance.now() - begin).toFixed(1)} ms`);
  check(timeline, 'the reply is right', sum, 42);
  const refusal = await within(
    'the refusal',
    client.request('divide', [1, 0]).then(
      () => undefined,
      (error) => error,
    ),
  );
  timeline.event('error', `${refusal?.name}: ${refusal?.message}`);
  check(timeline, 'a method that the server does not know is a typed error', refusal?.remoteCode, -32_601);
  const { rtt } = await next(client, 'rtt');
  timeline.event('rtt', `a Ping frame came back after ${rtt.toFixed(1)} ms`);
}

async function broken({ timeline, client }) {
  const { epoch } = client.state;
  const error = await within(
    'the weather',
    client.request('weather').then(
      () => undefined,
      (reason) => reason,
    ),
  );
  timeline.event('error', `${error?.name}: ${error?.message}`);
  check(
    timeline,
    'what does not fit is a typed error, not a surprise later',
    error?.code,
    'VALIDATION_FAILED',
  );
  const paths = error.issues.map(({ path }) => path.join('.'));
  check(timeline, 'and it says where', paths, ['degrees']);
  const sum = await within('the sum', client.request('sum', [1, 1]));
  check(timeline, 'the connection goes on', [sum, client.state.epoch], [2, epoch]);
}

async function ticks({ timeline, client }) {
  const heard = [];
  let stop;
  const three = new Promise((resolve) => {
    stop = client.onEvent('tick', ({ count }) => {
      heard.push(count);
      timeline.event('tick', `number ${count}`);
      if (heard.length === 3) resolve();
    });
  });
  await within('three ticks', three).finally(stop);
  check(timeline, 'three ticks, none missing between them', heard, [heard[0], heard[0] + 1, heard[0] + 2]);
}

async function broadcast({ timeline, client, server }) {
  let stop;
  const said = new Promise((resolve) => {
    stop = client.onEvent('said', resolve);
  });
  const grace = await within('a second connection', connect(server.url));
  grace.send('Grace');
  const reply = await within('the login of Grace', grace.receive());
  timeline.event('grace', `logs in by hand: "${reply}"`);
  grace.send(JSON.stringify({ jsonrpc: '2.0', method: 'say', params: { text: 'Hello, everybody!' } }));
  const { from, text } = await within('the broadcast', said).finally(stop);
  timeline.event('said', `${from}: ${text}`);
  const closure = await within('the end of the second connection', grace.close(1000, 'bye'));
  check(timeline, 'our client heard it from the server', [from, text], ['Grace', 'Hello, everybody!']);
  check(timeline, 'the short connection ended cleanly', [closure.code, closure.wasClean], [1000, true]);
}

async function killed({ timeline, client, server }) {
  const noticed = next(client, 'state', ({ current }) => current.status === 'waiting').then(() =>
    client.why(),
  );
  timeline.event('server', 'is killed: its connections are cut, its port is closed');
  await server.kill();
  const { state: current, rule, lastClosure } = await noticed;
  timeline.event('retry', `in ${Math.max(0, current.retryAt - Date.now()).toFixed(0)} ms`);
  timeline.event('why()', `${rule} (close code ${lastClosure?.code}), so try again`);
  check(timeline, 'the client noticed at once and waits for its next attempt', current.status, 'waiting');
  check(timeline, 'it does not call that a clean end', lastClosure?.wasClean, false);
}

async function outbox(tour) {
  const { timeline, client } = tour;
  tour.letters = LETTERS.map((text) => client.notify('say', { text }));
  for (const text of LETTERS) timeline.event('say', `"${text}", while nobody is there`);
  check(timeline, 'three messages wait in the outbox', client.stats().queued, LETTERS.length);
}

async function reconnect(tour) {
  const { timeline, client, server } = tour;
  for (let refusals = 0; refusals < REFUSALS_BEFORE_RESTART; refusals++) {
    const { current } = await next(client, 'state', ({ current }) => current.status === 'waiting');
    timeline.event(
      'retry',
      `in ${Math.max(0, current.retryAt - Date.now()).toFixed(0)} ms: ${client.why().rule}`,
    );
  }
  const gap = next(client, 'gap');
  // The first answer on a new connection is "ada" again: the login loop runs as on the first one.
  await server.start();
  timeline.event('server', 'is back, on the same port');
  const state = await within('the new connection', client.ready());
  const { previousEpoch, epoch, duration, recovered } = await gap;
  timeline.event(
    'gap',
    `nothing heard for ${(duration / 1000).toFixed(1)} s, from connection ${previousEpoch} to ${epoch}`,
  );
  check(timeline, 'logged in again: connection number 2', [state.status, state.epoch], ['ready', 2]);
  check(
    timeline,
    'the client owns up to the hole in what it heard',
    [previousEpoch, epoch, recovered],
    [1, 2, false],
  );
}

async function delivered({ timeline, client, server, letters }) {
  const outcomes = await within('the outcomes of the three messages', Promise.all(letters));
  const expected = LETTERS.map(() => ({ outcome: 'handed-off', epoch: 2 }));
  check(timeline, 'each promise says: handed to connection number 2', outcomes, expected);
  // A request behind them on the same connection: when it is answered, the server has read them all.
  await within('the sum behind them', client.request('sum', []));
  const { line } = server.log.findLast(({ what, name }) => what === 'login accepted' && name === 'Ada');
  const seen = server.log.filter((entry) => entry.line === line).map(({ what, text }) => text ?? what);
  timeline.event('server', `its log of this connection: ${seen.join(', ')}`);
  const wanted = ['opened', 'login refused', 'login accepted', ...LETTERS, 'sum'];
  check(timeline, 'after the login, in order, and once', seen, wanted);
}

async function close({ timeline, client, server }) {
  const closure = await within('the end', client.close(1000, 'the tour is over'));
  check(timeline, 'closed cleanly, by both sides', [closure.code, closure.wasClean], [1000, true]);
  await within('the end of the server', server.kill());
  const left = process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCPSocket|TCPConnect|Timeout)/.test(name));
  check(timeline, 'no socket and no timer is left in this process', left, []);
}

export const STEPS = [
  {
    title: 'A refused login',
    about: ['The server wants a name. loginLoop() offers answers until it has none left.'],
    run: refusedLogin,
  },
  {
    title: 'An accepted login',
    about: [
      'createClient() keeps one connection alive. No message but those of the login is sent before it is ready.',
    ],
    run: acceptedLogin,
  },
  {
    title: 'A request',
    about: ['client.request(): JSON-RPC 2.0, settled exactly once: a result, or an error with a code.'],
    run: request,
  },
  {
    title: 'A broken contract',
    about: ['defineContract(): types for you, and a check of what comes. Here degrees are "cold".'],
    run: broken,
  },
  {
    title: 'Pushed events',
    about: ['client.onEvent(): the server tells a tick every half second.'],
    run: ticks,
  },
  {
    title: 'A broadcast',
    about: ['connect() is for short connections: here somebody else who says hello.'],
    run: broadcast,
  },
  { title: 'The server dies', about: ['The client waits a random while, and can say why.'], run: killed },
  { title: 'Messages meanwhile', about: ['They wait, bounded by number, size and age.'], run: outbox },
  {
    title: 'The server comes back',
    about: ['After some attempts in vain: connect, log in, then tell of the gap.'],
    run: reconnect,
  },
  { title: 'The outbox is delivered', about: ['Only then, what waited goes out.'], run: delivered },
  { title: 'The end', about: ['close() leaves nothing behind.'], run: close },
];
