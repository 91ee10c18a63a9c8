import { createClient, json } from 'holdline';
import { type Classified, type EnvelopeFactory, protocolLogin } from 'holdline/envelopes';

const doing = (token: string): EnvelopeFactory => () => {
  let last = 0;
  return {
    codec: json(),
    // Made for each line, so that what one line has begun cannot disturb the next.
    reader: () => ({ split: (value) => [value], classify }),
    rpc: {
      allocate: () => ++last,
      request: (ref, method, params) => ({ do: method, ref, with: params }),
      notification: (method, params) => ({ do: method, with: params }),
    },
    // What the protocol needs besides messages.
    use: [
      protocolLogin(async (line) => {
        line.send(JSON.stringify({ hello: token }));
        if ((await line.receive()) !== '"welcome"') throw new Error('The server is not ready yet.');
      }),
    ],
  };
};

/** Whatever the server sends, this must not throw: `String(x)` and `Number(x)` of an object may. */
function classify(message: unknown): Classified {
  const { ref, ok, fault, news, body } = (message ?? {}) as Record<string, unknown>;
  if (typeof news === 'string') return { kind: 'event', name: news, payload: body };
  if (typeof ref !== 'number') return { kind: 'message' };
  if (typeof fault === 'string') return { kind: 'failure', key: ref, error: { message: fault } };
  return { kind: 'reply', key: ref, result: ok };
}

const client = createClient({ url: 'wss://example.com/socket', envelope: doing('secret') });
console.log(await client.request('sum', [1, 2]));

export {};
