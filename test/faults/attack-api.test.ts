/** What a program may hand over, and what a server may say in messages, without harm. */
import { afterEach, describe, expect, it } from 'vitest';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { tcpTransport, WebSocket, type WebSocketOptions } from '../../src/node.ts';
import { closeFrame, serverFrame, TEXT } from '../tools/server-frame.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from './hostile-server.ts';
import { WAYS, type Way } from './ordeal.ts';

let server: HostileServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server that accepts, and answers every message by `answer`, and a Close by a Close. */
async function start(
  answer: (text: string, connection: HostileConnection) => unknown = () => {},
): Promise<HostileServer> {
  server = await startHostileServer(async (connection) => {
    const protocol = connection.field('Sec-WebSocket-Protocol');
    await connection.write(
      connection.answer(...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`])),
    );
    connection.eachFrame(({ opcode, payload }) => {
      if (opcode === 8) connection.socket.end(closeFrame(1000));
      else answer(Buffer.from(payload).toString(), connection);
    });
  });
  return server;
}

interface Opened {
  send(data: string | Uint8Array): unknown;
  close(): Promise<unknown>;
}

/** Connects in one of the three ways. */
async function open(
  way: Way,
  url: string,
  protocols: string[] = [],
  transport: object = {},
): Promise<Opened> {
  if (way === 'connect') return connect(url, { protocols, ...transport });
  if (way === 'createClient') {
    const client = createClient({
      url,
      protocols,
      envelope: raw(),
      reconnect: false,
      transport: tcpTransport(transport),
    });
    try {
      await client.ready();
    } finally {
      if (client.state.status !== 'ready') await client.close();
    }
    return client;
  }
  const socket = new WebSocket(url, protocols, transport as WebSocketOptions);
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }));
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  return {
    send: (data) => socket.send(data as Uint8Array<ArrayBuffer>),
    close: () => {
      socket.close();
      return closed;
    },
  };
}

describe('control characters', () => {
  const places: [
    place: string,
    make: (
      url: string,
      evil: string,
    ) => Parameters<typeof open> extends [unknown, ...infer Rest] ? Rest : never,
  ][] = [
    ['the host of the URL (attack 18)', (url, evil) => [url.replace('127', `a${evil}127`)]],
    ['the path of the URL (attack 18, #3)', (url, evil) => [`${url}/a${evil}X: y`]],
    ['the query of the URL (attack 18, #3)', (url, evil) => [`${url}/?a=${evil}b`]],
    ['a subprotocol (attack 18, #24)', (url, evil) => [url, [`a${evil}b`]]],
    ['the name of a header (attack 18, #28)', (url, evil) => [url, [], { headers: { [`X${evil}Y`]: 'z' } }]],
    ['the value of a header (attack 18, #28)', (url, evil) => [url, [], { headers: { X: `y${evil}Z: w` } }]],
    ['the origin (attack 18)', (url, evil) => [url, [], { origin: `http://a${evil}b` }]],
  ];
  // The class reads a URL as the URL standard says, without line breaks and encoded: see its own tests.
  const cases = places
    .flatMap(([place, make]) => WAYS.map((way) => [place, way, make] as const))
    .filter(([place, way]) => way !== 'WebSocket' || !place.includes('the URL'));
  it.each(cases)('in %s are refused before a byte is sent: %s', async (_place, way, make) => {
    const { url, connections } = await start();
    for (const evil of ['\r\n', '\n', '\r', '\0']) {
      await expect(open(way, ...make(url, evil))).rejects.toSatisfy(
        (error) => error instanceof TypeError || (error as DOMException).name === 'SyntaxError',
      );
    }
    expect(connections).toEqual([]);
  });
});

describe('bytes that are nobody’s business (attack 22)', () => {
  it.each(WAYS)('do not leave when the caller changes them after send(): %s', async (way) => {
    const { url, connections } = await start();
    const opened = await open(way, url);
    const message = new Uint8Array(70_000).fill(7);
    const sent = opened.send(message);
    message.fill(9);
    await sent;
    await opened.close();
    const payload = connections[0]?.frames[0]?.payload;
    expect(payload?.length).toBe(70_000);
    expect(payload?.every((byte) => byte === 7)).toBe(true);
  });

  it('do not leave in the reason of a Close, or in a Ping that is a number', async () => {
    const { url, connections } = await start();
    const socket = await connect(url);
    expect(() => socket.send(16 as never)).toThrow(TypeError);
    await expect(socket.close(1000, new Uint8Array(16) as never)).rejects.toThrow(TypeError);
    await socket.close();
    const other = new WebSocket(url);
    await new Promise((resolve) => other.addEventListener('open', resolve, { once: true }));
    expect(() => other.ping(16 as never)).toThrow(TypeError);
    other.close(1000, new Uint8Array(3) as never); // Web IDL: a string is made of it, as everywhere on the web
    await new Promise((resolve) => other.addEventListener('close', resolve, { once: true }));
    const closes = connections.map(({ frames }) =>
      frames.map(({ payload }) => Buffer.from(payload).toString('latin1')),
    );
    expect(closes).toEqual([[''], ['\u0003\u00e80,0,0']]);
  });
});

describe('masking keys', () => {
  it('of 20,000 frames on the wire follow no rule (attack 21, #45)', async () => {
    const { url, connections } = await start();
    const socket = await connect(url);
    for (let index = 0; index < 20_000; index++) socket.send('');
    await socket.close();
    const keys = (connections[0] as HostileConnection).frames.map(({ key }) =>
      key.reduce((word, byte) => word * 256 + byte, 0),
    );
    expect(keys.length).toBe(20_001);
    // Two of 20,000 random keys are alike with a probability of 5 %, three pairs with one of 2 in 100,000.
    expect(keys.length - new Set(keys).size).toBeLessThan(3);
    const steps = keys.slice(1).map((key, index) => (key - (keys[index] as number)) >>> 0);
    expect(steps.length - new Set(steps).size).toBeLessThan(3);
    const ones = keys.reduce((sum, key) => sum + key.toString(2).replaceAll('0', '').length, 0);
    expect(ones / (keys.length * 32)).toBeCloseTo(0.5, 1);
  });
});

describe('JSON of a hostile server (attack 24)', () => {
  it('cannot reach prototypes, whatever the keys', async () => {
    const { url } = await start((_text, connection) => {
      for (const line of [
        '{"__proto__":{"polluted":1}}',
        '{"jsonrpc":"2.0","id":"__proto__","result":1}',
        '{"jsonrpc":"2.0","id":"constructor","error":{"code":1,"message":"x"}}',
        '{"jsonrpc":"2.0","method":"__proto__","params":{"__proto__":{"polluted":1}}}',
        '{"jsonrpc":"2.0","id":7,"method":"constructor","params":[]}',
        '{"jsonrpc":"2.0","method":"toString"}',
      ])
        connection.socket.write(serverFrame(TEXT, line));
      connection.socket.write(serverFrame(TEXT, '{"jsonrpc":"2.0","id":1,"result":"well"}'));
    });
    const client = createClient({ url });
    const late: unknown[] = [];
    client.on('lateReply', ({ key }) => late.push(key));
    expect(await client.request('how')).toBe('well');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(late).toEqual(['__proto__', 'constructor']);
    await client.close();
  });

  it('settles nothing by replies that are late, repeated, forged or of another id', async () => {
    const { url } = await start((text, connection) => {
      const { id } = JSON.parse(text) as { id: number };
      const replies = [
        { id: id + 1, result: 'forged: for a request to come' },
        { id: `0${id}`, result: 'forged: a text that only looks like the id' },
        { id: [id], result: 'forged: the id in an array' },
        { id: null, result: 'forged: no id' },
        // Some servers give an id back as a text.
        { id: String(id), result: 'right' },
        { id, result: 'repeated' },
      ];
      for (const reply of replies)
        connection.socket.write(serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', ...reply })));
    });
    const client = createClient({ url });
    const late: unknown[] = [];
    client.on('lateReply', ({ key }) => late.push(key));
    expect(await client.request('one')).toBe('right');
    expect(await client.request('two')).toBe('right');
    await client.close();
    expect(late).toEqual([2, '01', 1, 3, '02', 2]);
  });

  it('may nest a million deep: it is an error or a message, not the end', async () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    const { url } = await start((_text, connection) => {
      connection.socket.write(serverFrame(TEXT, deep));
      connection.socket.write(serverFrame(TEXT, `{"jsonrpc":"2.0","method":"x","params":${deep}}`));
      connection.socket.write(serverFrame(TEXT, `{"jsonrpc":"2.0","id":7,"method":"x","params":${deep}}`));
      connection.socket.write(serverFrame(TEXT, '{"jsonrpc":"2.0","id":1,"result":"alive"}'));
    });
    const client = createClient({ url });
    expect(await client.request('how')).toBe('alive');
    await client.close();
  });

  it('may send 100,000 replies that nobody asked for: none is kept', async () => {
    const { url } = await start(async (_text, connection) => {
      const replies = Array.from({ length: 1000 }, (_, id) =>
        serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id: 1000 + id, result: 'x'.repeat(100) })),
      );
      await connection.pour(Buffer.concat(replies), 100 * Buffer.concat(replies).length);
      await connection.write(serverFrame(TEXT, '{"jsonrpc":"2.0","id":1,"result":"alive"}'));
    });
    const client = createClient({ url });
    let late = 0;
    client.on('lateReply', () => late++);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    expect(await client.request('how')).toBe('alive');
    globalThis.gc?.();
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
    expect([late, client.stats().pending]).toEqual([100_000, 0]);
    await client.close();
  });
});

describe('listeners that close and connect inside an event (attack 26)', () => {
  it('leave a client that works', async () => {
    const { url, connections } = await start((_text, connection) => {
      connection.socket.write(serverFrame(TEXT, '{"jsonrpc":"2.0","id":2,"result":"again"}'));
    });
    const client = createClient({ url });
    client.once('ready', () => void client.close());
    const ended = new Promise<void>((resolve) => {
      client.once('closed', () => {
        client.connect();
        resolve();
      });
    });
    client.connect();
    await ended;
    await client.ready();
    await client.request('one', undefined, { timeout: 50 }).catch(() => {});
    expect(await client.request('two')).toBe('again');
    await client.close();
    expect(connections).toHaveLength(2);
  });
});
