// The page of the tour: what a web page does with holdline. Whatever comes from the server is shown as text.
import { createClient, loginLoop } from 'holdline';
import { createChart } from './chart.js';
import { contract } from './contract.mjs';

/** What the server answers to a ping, byte for byte. */
const PONG = '{"jsonrpc":"2.0","method":"pong"}';

/** How many entries the timeline keeps. */
const MAX_ENTRIES = 200;

const $ = (id) => document.getElementById(id);
const show = (id, text) => {
  $(id).textContent = String(text);
};
const begin = performance.now();
const chart = createChart($('chart'));

/** The name that the server has accepted, or is being asked about. The page comes in by itself, so that something moves. */
let name = 'Ada';
/** What the server said to the last name, if it was not yes. */
let refusal;
/** Who waits for the visitor to name somebody. */
let asked;

const server = await (await fetch('/server')).json();

const client = createClient({
  url: server.url,
  // The same as in Node: what the server sends is checked before anybody sees it.
  contract,
  auth: loginLoop({ answer: nextName }),
  // A web page cannot send Ping frames, so it asks with a message of its own. Short, to have something to look at.
  heartbeat: {
    interval: 500,
    timeout: 2_000,
    ping: { message: () => '{"jsonrpc":"2.0","method":"ping"}', isAnswer: (data) => data === PONG },
  },
  // Shorter than the defaults (5 s, then up to 30 s), for visitors in a hurry.
  reconnect: { firstDelay: 4_000, baseDelay: 2_000, maxDelay: 8_000 },
});

client.on('state', ({ previous, current }) => {
  log('state', `${previous.status} → ${current.status} (${current.reason})`);
  showState(current, previous);
  void refreshServer();
});
client.on('error', (error) => log('error', `${error.code}: ${error.message}`));
client.on('gap', ({ previousEpoch, epoch, duration }) =>
  log(
    'gap',
    `nothing heard for ${(duration / 1000).toFixed(1)} s, from connection ${previousEpoch} to ${epoch}`,
  ),
);
client.on('rtt', ({ rtt }) => chart.add(rtt));
client.on('lost', () => chart.lost());
client.on('ready', () => chart.back());
client.on('closed', ({ error }) => {
  chart.lost();
  if (error !== undefined) log('error', `the end: ${error.message}`);
});
client.onEvent('tick', ({ count }) => show('tick', count));
client.onEvent('said', ({ from, text }) => log('said', `${from}: ${text}`));

/** The login asks for a name: the one that was right before, or whatever the visitor submits next. */
function nextName({ reply, signal }) {
  if (reply !== undefined) {
    log('login', `the server says: ${reply}`);
    hint(`The server says: ${reply}. Try Ada.`, true);
    refusal = `the server refused “${name}”: ${reply}`;
    name = undefined;
    showWhy();
  }
  if (name !== undefined) return name;
  return new Promise((resolve) => {
    asked = resolve;
    const gone = () => {
      if (asked === resolve) asked = undefined;
      resolve(undefined);
    };
    signal.addEventListener('abort', gone, { once: true });
  });
}

function hint(text, refused = false) {
  show('login-hint', text);
  $('login-hint').classList.toggle('refused', refused);
}

onSubmit('login', async () => {
  const chosen = $('name').value;
  // A login under way waits for a name, or a new one begins. Whoever is in already leaves first.
  if (asked === undefined && client.connected) await client.close(1000, 'another name');
  name = chosen;
  log('login', `as ${name}`);
  hint('');
  asked?.(name);
  asked = undefined;
  client.connect();
});

onSubmit('sum', async () => {
  const numbers = [$('a').valueAsNumber, $('b').valueAsNumber];
  const since = performance.now();
  show('total', '= …');
  try {
    const sum = await client.request('sum', numbers, { timeout: 30_000 });
    // Twelve digits: 0.1 + 0.2 is 0.3 for everybody but computers.
    show('total', `= ${Number(sum.toPrecision(12))}`);
    log('request', `sum(${numbers.join(', ')}) = ${sum}, after ${(performance.now() - since).toFixed(1)} ms`);
  } catch (error) {
    show('total', '= ?');
    log('error', `${error.code}: ${error.message}`);
  }
});

onSubmit('say', async () => {
  const text = $('text').value;
  const sent = client.notify('say', { text });
  if (client.state.status !== 'ready') log('outbox', `“${text}” waits for a connection`);
  try {
    const { epoch } = await sent;
    log('outbox', `“${text}” was handed to connection ${epoch}`);
  } catch (error) {
    log('error', `“${text}” was ${error.outcome}: ${error.message}`);
  }
});

$('close').addEventListener('click', async () => {
  const { code, wasClean } = await client.close(1000, 'the visitor leaves');
  log('close', `code ${code}, ${wasClean ? 'clean on both sides' : 'no connection was open'}`);
});

for (const action of ['kill', 'restart']) {
  $(action).addEventListener('click', async () => {
    const { isUp } = await (await fetch(`/server/${action}`, { method: 'POST' })).json();
    log('server', isUp ? 'is up' : 'is gone: its connections are cut, its port is closed');
    showServer(isUp);
    // The button that was pressed is of no use now: the keyboard goes on with the other.
    $(isUp ? 'kill' : 'restart').focus();
  });
}

/** Another tab of this page may have pressed its buttons. */
async function refreshServer() {
  const response = await fetch('/server').catch(() => undefined);
  if (response?.ok) showServer((await response.json()).isUp);
}

addEventListener('focus', refreshServer);

function onSubmit(id, action) {
  $(id).addEventListener('submit', (event) => {
    event.preventDefault();
    void action();
  });
}

function showServer(isUp) {
  $('server').dataset.up = String(isUp);
  show('server', isUp ? 'server is up' : 'server is down');
  $('kill').disabled = !isUp;
  $('restart').disabled = isUp;
}

function showState(state, previous) {
  const { status, reason } = state;
  $('status').dataset.status = status;
  show('status', status);
  show('reason', status === 'ready' ? `${reason}: you are ${name}` : reason);
  for (const node of document.querySelectorAll('[data-state]')) {
    const isCurrent = node.dataset.state === status;
    node.classList.toggle('current', isCurrent);
  }
  for (const edge of document.querySelectorAll('[data-from]')) {
    const taken = edge.dataset.from === previous?.status && edge.dataset.to === status;
    edge.classList.toggle('taken', taken);
  }
  $('login-button').disabled = status === 'closing';
  $('close').disabled = status === 'idle' || status === 'closed' || status === 'closing';
  if (status === 'ready') {
    refusal = undefined;
    hint(`Logged in as ${name}; after every reconnect the client does it again. Bob is not known: try him.`);
  }
  if (status === 'closed' && refusal === undefined)
    hint('Nobody is logged in. “Log in” opens a new connection.');
  showWhy();
}

function showWhy() {
  const { summary, rule, lastClosure, lastError } = client.why();
  const error = lastError && `${lastError.code}: ${lastError.message}`;
  const isFine = refusal === undefined && lastClosure === undefined && error === undefined;
  show('now', summary);
  show('rule', rule ?? (isFine ? 'nothing has gone wrong yet' : '–'));
  show('error', refusal ?? error ?? '–');
  if (lastClosure === undefined) return;
  const { code, reason, wasClean } = lastClosure;
  show('closure', `code ${code}${reason && ` “${reason}”`}, ${wasClean ? 'clean' : 'not clean'}`);
}

/** Everything that changes by itself, ten times a second. */
function refresh() {
  const { status, epoch, attempt, rtt, retryAt } = client.state;
  const { sent, received, queued } = client.stats();
  show('epoch', epoch || '–');
  show('attempt', attempt || '–');
  show('sent', sent);
  show('received', received);
  show('queued', queued);
  const ms = (value) => (value === undefined ? '–' : `${value.toFixed(1)} ms`);
  const { values } = chart;
  show('rtt', ms(status === 'ready' ? rtt : undefined));
  show(
    'rtt-mean',
    values.length > 0 ? ms(values.reduce((total, value) => total + value, 0) / values.length) : '–',
  );
  show('rtt-max', values.length > 0 ? ms(Math.max(...values)) : '–');
  show('now', client.why().summary);
  showRetry(retryAt);
}

let wait = { at: undefined, length: 1 };

function showRetry(retryAt) {
  $('retry').hidden = retryAt === undefined;
  if (retryAt === undefined) return;
  const left = Math.max(0, retryAt - Date.now());
  if (wait.at !== retryAt) wait = { at: retryAt, length: Math.max(1, left) };
  show('countdown', `${(left / 1000).toFixed(1)} s`);
  $('bar').style.transform = `scaleX(${left / wait.length})`;
}

function log(kind, text) {
  const entry = document.createElement('li');
  entry.dataset.kind = kind;
  const cells = { time: `${((performance.now() - begin) / 1000).toFixed(3)} s`, b: kind, span: text };
  for (const [tag, content] of Object.entries(cells)) {
    const cell = document.createElement(tag);
    cell.textContent = content;
    entry.append(cell);
  }
  $('timeline').prepend(entry);
  while ($('timeline').children.length > MAX_ENTRIES) $('timeline').lastChild.remove();
}

showServer(server.isUp);
showState(client.state);
setInterval(refresh, 100);
client.connect();
