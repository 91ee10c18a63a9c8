/** What a login needs to ask the server in the way of the client. */
import type { LoginAnswer, LoginWire } from '../connection/connection-options.ts';
import type { Codec } from '../messaging/codec.ts';
import { messagesIn } from '../messaging/messages-in.ts';
import { missing } from '../messaging/missing.ts';
import type { RequestsCore } from '../messaging/requests.ts';
import type { SendData } from '../transport/transport.ts';

/** Makes requests with the envelope and the codec of a client, and reads the replies to them, for the login of one line. */
export function loginWire(core: RequestsCore, codec: Codec): LoginWire {
  const { envelope, limits } = core;
  const reader = envelope.reader(undefined);
  return {
    ask(method, params) {
      const { rpc } = envelope;
      if (rpc === undefined) throw missing('requests');
      const key = rpc.allocate();
      const data = core.encode(rpc.request(key, method, params)) as SendData;
      core.requests?.left(key);
      return { key, data };
    },
    read(data) {
      const answers: LoginAnswer[] = [];
      try {
        const messages = messagesIn(data, codec, reader, limits);
        for (const message of messages) {
          const meaning = reader.classify(message);
          if (meaning.kind === 'reply' || meaning.kind === 'failure') answers.push(meaning);
        }
        return { answers, isAll: answers.length === messages.length };
      } catch {
        // It cannot be read: told so when the client reads it.
        return { answers, isAll: false };
      }
    },
  };
}
