/** A polling transport on a virtual clock, over a `fetch` that the test answers. */
import { type PollingOptions, pollingTransport } from '../../src/polling.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { Transport, TransportRequest } from '../../src/transport/transport.ts';
import { Session } from '../transport/conformance/session.ts';
import { type FakeCall, type FakeFetch, fakeFetch } from './fake-fetch.ts';

export interface Polled {
  readonly clock: VirtualClock;
  readonly http: FakeFetch;
  readonly session: Session;
  readonly transport: Transport;
  /** Lets promises run. */
  settle(): Promise<void>;
  /** Answers the only request under way, and lets promises run. */
  answer(...answer: Parameters<FakeCall['answer']>): Promise<void>;
  /** The end, once it was told. */
  readonly closure: Closure | undefined;
}

export async function polled<S>(
  options: PollingOptions<S>,
  changes: Partial<TransportRequest> = {},
): Promise<Polled> {
  const clock = createVirtualClock();
  const http = fakeFetch();
  const session = new Session(
    pollingTransport({ ...options, fetch: http.fetch }),
    changes.url ?? 'ws://host/path?token=secret12',
    {
      clock,
      handshakeTimeout: 10_000,
      closeTimeout: 5_000,
      random: createScriptedRandom({ numbers: Array(50).fill(0.5) }),
      ...changes,
    },
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) await clock.settle();
  };
  await settle();
  return {
    clock,
    http,
    session,
    transport: session.transport,
    settle,
    answer: async (...answer) => {
      const [call, ...others] = http.open;
      if (call === undefined || others.length > 0)
        throw new Error(`${http.open.length} requests are under way: ${http.open.map(({ shown }) => shown)}`);
      call.answer(...answer);
      await settle();
    },
    get closure() {
      const last = session.told.at(-1);
      return last?.type === 'close' ? last.closure : undefined;
    },
  };
}

/** A way of polling in which everything is said in JSON: `["a","b"]`, or a record as `PollNews`. */
export function simpleProtocol(
  changes: Partial<PollingOptions<{ url: URL }>> = {},
): PollingOptions<{ url: URL }> {
  const read: PollingOptions<{ url: URL }>['parse'] = ({ text }) => {
    if (text === '') return {};
    const said: unknown = JSON.parse(text);
    return Array.isArray(said) ? { messages: said } : (said as object);
  };
  return {
    start: async ({ url, ask }) => {
      await ask({ url: new URL('/open', url) });
      return { session: { url: new URL('/', url) } };
    },
    poll: ({ url }) => ({ url: new URL('/poll', url) }),
    parse: read,
    send: (messages, { url }) => ({ url: new URL('/send', url), body: JSON.stringify(messages) }),
    hold: 30_000,
    ...changes,
  };
}
