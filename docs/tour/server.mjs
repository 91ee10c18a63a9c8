// The server of the tour: log in by name, JSON-RPC, ticks, broadcasts. It can be killed and brought back.
// It stands for any server of yours; nothing in it knows holdline.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** Everything stays on this machine. */
export const HOST = '127.0.0.1';

/** Who may log in. */
export const NAMES = ['Ada', 'Grace'];

/** How often the server tells everybody a tick, in milliseconds. */
const TICK_EVERY_MS = 500;

/** The largest message that a guest may send, in bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** JSON-RPC 2.0, 5.1. */
const PARSE_ERROR = { code: -32_700, message: 'Parse error' };
const METHOD_NOT_FOUND = { code: -32_601, message: 'Method not found' };
const INVALID_PARAMS = { code: -32_602, message: 'Invalid params' };

/** The requests that the server answers, each by its name. */
const METHODS = {
  sum(numbers) {
    if (!Array.isArray(numbers) || !numbers.every(Number.isFinite)) throw INVALID_PARAMS;
    return numbers.reduce((total, number) => total + number, 0);
  },
  /** Not what was agreed on: a number of degrees. */
  weather: () => ({ city: 'Oslo', degrees: 'cold' }),
};

/**
 * Starts the server on a free port of this machine.
 *
 * @param {{ methods?: Record<string, (params: any) => unknown>, tickEvery?: number }} [options] other answers, for tests
 */
export async function startServer(options = {}) {
  const server = new TourServer(options);
  await server.start();
  return server;
}

class TourServer {
  /** What happened, in order: `{ line, what, name, text }`. The tour proves its claims by it. */
  log = [];
  /** Where the page of the tour comes from, if there is one. */
  pageOrigin;
  #methods;
  #tickEvery;
  /** Kept over a restart. 0: any free one. */
  #port = 0;
  #lines = 0;
  #ticks = 0;
  #http;
  #sockets;
  #ticking;

  constructor({ methods = {}, tickEvery = TICK_EVERY_MS }) {
    this.#methods = { ...METHODS, ...methods };
    this.#tickEvery = tickEvery;
  }

  get url() {
    return `ws://${HOST}:${this.#port}/`;
  }

  get isUp() {
    return this.#http !== undefined;
  }

  /** Lines that are open now. */
  get connections() {
    return this.#sockets?.clients.size ?? 0;
  }

  /** Listens, on the same port as before if there was one. Does nothing while it does. */
  async start() {
    if (this.isUp) return;
    const http = createServer((_, response) => response.writeHead(426).end('A WebSocket server.\n'));
    this.#http = http;
    this.#sockets = new WebSocketServer({
      server: http,
      maxPayload: MAX_MESSAGE_BYTES,
      // Programs send no Origin; of web pages, also of this machine's, our own alone is let in (RFC 6455, 10.2).
      verifyClient: ({ req: { headers } }) =>
        headers.origin === undefined || headers.origin === this.pageOrigin,
    });
    this.#sockets.on('connection', (socket) => this.#welcome(socket));
    await new Promise((resolve, reject) => {
      this.#sockets.once('error', reject);
      http.listen(this.#port, HOST, resolve);
    });
    this.#port = http.address().port;
    this.#ticking = setInterval(() => this.#tick(), this.#tickEvery);
  }

  /** Dies without a word: every line is cut, the port is closed. */
  async kill() {
    if (!this.isUp) return;
    const http = this.#http;
    this.#http = undefined;
    clearInterval(this.#ticking);
    const cut = [...this.#sockets.clients].map((socket) => {
      socket.terminate();
      return once(socket, 'close');
    });
    this.#sockets.close();
    const closed = new Promise((resolve) => http.close(resolve));
    http.closeAllConnections();
    await Promise.all([...cut, closed]);
  }

  /** Tells a notification to everybody who is logged in. */
  broadcast(method, params) {
    const message = JSON.stringify({ jsonrpc: '2.0', method, params });
    for (const socket of this.#sockets.clients) if (socket.guest?.name !== undefined) socket.send(message);
  }

  #welcome(socket) {
    const guest = { line: ++this.#lines, name: undefined };
    socket.guest = guest;
    this.log.push({ line: guest.line, what: 'opened' });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.log.push({ line: guest.line, what: 'closed' }));
    socket.on('message', (data) => {
      if (guest.name === undefined) this.#login(socket, guest, String(data));
      else this.#answer(socket, guest, String(data));
    });
  }

  #login(socket, guest, name) {
    const known = NAMES.includes(name);
    this.log.push({ line: guest.line, what: known ? 'login accepted' : 'login refused', name });
    if (known) guest.name = name;
    socket.send(known ? 'True' : 'name is not exist');
  }

  #answer(socket, guest, text) {
    const message = parse(text);
    if (message === undefined) return reply(socket, null, { error: PARSE_ERROR });
    const { id, method, params } = message;
    if (method === 'ping') return notify(socket, 'pong');
    if (method === 'say') {
      const said = { from: guest.name, text: String(params?.text) };
      this.log.push({ line: guest.line, what: 'said', name: said.from, text: said.text });
      return this.broadcast('said', said);
    }
    if (id === undefined) return;
    this.log.push({ line: guest.line, what: 'request', name: guest.name, text: String(method) });
    const answer = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (answer === undefined) return reply(socket, id, { error: METHOD_NOT_FOUND });
    try {
      reply(socket, id, { result: answer(params) });
    } catch (error) {
      reply(socket, id, { error });
    }
  }

  #tick() {
    this.broadcast('tick', { count: ++this.#ticks });
  }
}

function parse(text) {
  try {
    const message = JSON.parse(text);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}

function reply(socket, id, outcome) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }));
}

function notify(socket, method, params) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
}
