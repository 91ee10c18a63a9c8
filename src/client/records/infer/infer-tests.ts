import { checkRecords } from '../checks.ts';
import type { TraceRecord } from '../record.ts';
import { conversationOf, type Exchange, type InferOptions, isByItself, type Turn } from './conversation.ts';
import { literal } from './type-of.ts';

/**
 * Writes a golden test from a recorded session: the source of a file for vitest that plays the session to a client, asks what
 * was asked in the same order, and expects what was answered. What was said stands in it, values and all: look through it
 * before it goes anywhere. A client that logs in needs its `auth` put in.
 *
 * @param records - of a session with whole messages: `trace(tell, { preview: Infinity })`
 * @param file - the file of these records, as the test is to read it
 * @throws UsageError `INVALID_DATA` (`record-cut`) where a message is not whole
 * @example
 * ```ts
 * const records = readRecords(readFileSync('session.jsonl', 'utf8'));
 * writeFileSync('session.test.ts', inferTests(records, 'session.jsonl'));
 * ```
 */
export function inferTests(
  records: readonly TraceRecord[],
  file: string,
  options: InferOptions = {},
): string {
  checkRecords(records, inferTests);
  const script = new Script();
  for (const turn of conversationOf(records, options)) script.add(turn);
  return `import { readFileSync } from 'node:fs';
import { createClient } from 'holdline';
import { replay } from 'holdline/testing';
import { expect, onTestFinished, test } from 'vitest';

test(${literal(`the session of ${file}`)}, async () => {
  const session = replay(readFileSync(${literal(file)}, 'utf8'), { speed: Number.POSITIVE_INFINITY });
  const client = createClient({
    url: 'ws://test',
    transport: session.transport,
    heartbeat: false,
    reconnect: {
      backoff: () => 0,
      policy: () => ({ action: session.left > 0 ? 'retry' : 'stop', rule: 'as recorded' }),
    },
  });
  onTestFinished(() => void client.close({ flush: false }));
${script.lines.map((line) => `  ${line}\n`).join('')}  await expect.poll(() => session.left).toBeLessThanOrEqual(1); // the end
  await client.close();
  session.check();
});
`;
}

/** Of a test: what differs from the recording is told before what follows from it. */
const PLAYED = `const played = <T>(reply: Promise<T>): Promise<T> => {
    const told = reply.catch((error) => {
      const [difference] = session.differences;
      throw difference === undefined ? error : new Error(difference);
    });
    told.catch(() => {}); // awaited below
    return told;
  };`;

/** The lines of the test, in the order of the session. */
class Script {
  readonly #head: string[] = [];
  readonly #body: string[] = [];
  readonly #names = new Map<Exchange, string>();
  readonly #handled = new Set<string>();
  readonly #events: unknown[] = [];
  /** How many questions of the server's came; and how much of both was waited for. */
  #asked = 0;
  #awaited = { events: 0, asked: 0 };

  /** All of them. */
  get lines(): readonly string[] {
    this.#await();
    const events = this.#events.length > 0 ? [`expect(events).toEqual(${literal(this.#events)});`] : [];
    return [...this.#head, ...this.#body, ...events];
  }

  /** One turn more. */
  add(turn: Turn): void {
    switch (turn.what) {
      case 'request':
        this.#ask(turn.exchange);
        break;
      case 'settled': {
        const name = this.#names.get(turn.exchange);
        if (name?.startsWith('reply')) this.#body.push(settled(turn.exchange, name));
        break;
      }
      case 'lost': {
        const name = this.#names.get(turn.exchange);
        if (name?.startsWith('reply'))
          this.#body.push(`await expect(${name}).rejects.toMatchObject({ code: 'REPLY_LOST' });`);
        break;
      }
      case 'ready':
        this.#body.push(ready(turn.epoch));
        break;
      case 'reconnect':
        this.#say('client.reconnect();');
        break;
      case 'asked':
        this.#answer(turn.exchange);
        break;
      case 'notification':
        this.#say(`void client.notify(${call(turn.name, turn.payload)});`);
        break;
      case 'event':
      case 'streamed':
        this.#hear(turn.name, turn.payload, turn.what === 'event');
        break;
      case 'sent':
        this.#say(`void client.send(${sent(turn.message)});`);
    }
  }

  /** What we say comes behind what we had heard before. */
  #say(line: string): void {
    this.#await();
    this.#body.push(line);
  }

  #await(): void {
    const [events, asked] = [this.#events.length, this.#asked];
    if (events > this.#awaited.events)
      this.#body.push(`await expect.poll(() => events.length).toBe(${events});`);
    if (asked > this.#awaited.asked) this.#body.push(`await expect.poll(() => asked).toBe(${asked});`);
    this.#awaited = { events, asked };
  }

  #ask(exchange: Exchange): void {
    const { name, params, stream, leaves } = exchange;
    if (isByItself(exchange)) return;
    if (leaves !== undefined) return this.#say(`${this.#names.get(leaves)}();`);
    if (stream === undefined) {
      const reply = `reply${this.#names.size + 1}`;
      this.#names.set(exchange, reply);
      this.#declare(PLAYED);
      return this.#say(`const ${reply} = played(client.request(${call(name, params)}));`);
    }
    this.#declareEvents();
    const stop = `stop${this.#names.size + 1}`;
    this.#names.set(exchange, stop);
    const push = `events.push({ name: ${literal(stream.name)}, payload })`;
    this.#say(
      `const ${stop} = client.subscribe(${call(stream.name, stream.params)}).on((payload) => ${push});`,
    );
  }

  #answer({ name, reply }: Exchange): void {
    if (this.#asked === 0) this.#head.push('let asked = 0;');
    this.#asked++;
    if (this.#handled.has(name)) return;
    this.#handled.add(name);
    const answer = `{ asked++; return ${literal(reply?.result)}; }`;
    this.#head.push(`client.handle(${literal(name)}, () => ${answer});`);
  }

  #hear(name: string, payload: unknown, isEvent: boolean): void {
    this.#declareEvents();
    const line = 'client.onAnyEvent(({ name, payload }) => events.push({ name, payload }));';
    if (isEvent && !this.#head.includes(line)) this.#head.push(line);
    this.#events.push({ name, payload });
  }

  #declareEvents(): void {
    this.#declare('const events: unknown[] = [];');
  }

  #declare(line: string): void {
    if (!this.#head.includes(line)) this.#head.unshift(line);
  }
}

/** What was said on a connection is said when it is ready: before that, the client would choose the order. */
function ready(epoch: number): string {
  if (epoch === 1) return 'await client.ready();';
  return `await expect.poll(() => client.state.epoch, { timeout: 3_000 }).toBe(${epoch});`;
}

/** A message of ours that is none of the protocol's. */
function sent(message: unknown): string {
  return message instanceof Uint8Array ? `Uint8Array.of(${message.join(', ')})` : literal(message);
}

function settled({ reply, failure }: Exchange, name: string): string {
  if (reply !== undefined) return `expect(await ${name}).toEqual(${literal(reply.result)});`;
  return `await expect(${name}).rejects.toMatchObject(${literal({ code: 'REQUEST_REJECTED', remoteCode: failure?.code })});`;
}

function call(name: string, params: unknown): string {
  return params === undefined ? literal(name) : `${literal(name)}, ${literal(params)}`;
}
