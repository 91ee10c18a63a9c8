/** What a login needs to ask the server in the way of the client. */
import { RequestError } from '../base/errors.ts';
import type { LoginWire } from '../connection/connection-options.ts';
import type { Codec } from '../messaging/codec.ts';
import { messagesIn } from '../messaging/messages-in.ts';
import type { Core } from './core.ts';
import { missing } from './plugins.ts';

/** Makes requests with the envelope and the codec of a client, and reads the replies to them. */
export function loginWire(core: Core, codec: Codec): LoginWire {
  const { envelope } = core;
  return {
    ask(method, params) {
      const { rpc } = envelope;
      if (rpc === undefined) throw missing('requests');
      const key = rpc.allocate();
      const data = core.encode(rpc.request(key, method, params));
      core.requests?.left(key);
      return { key, data };
    },
    answer(key, method, data, clean) {
      try {
        const messages = messagesIn(data, codec, envelope, core.limits);
        for (const message of messages) {
          const meaning = envelope.classify(message);
          if (!('key' in meaning) || meaning.key !== key) continue;
          const isAll = messages.length === 1;
          if (meaning.kind === 'reply') return { settle: Promise.resolve(meaning.result), isAll };
          if (meaning.kind === 'failure')
            return { settle: Promise.reject(new RequestError(method, clean(meaning.error))), isAll };
        }
      } catch {
        // It cannot be read: told so when the client reads it.
      }
      return undefined;
    },
  };
}
