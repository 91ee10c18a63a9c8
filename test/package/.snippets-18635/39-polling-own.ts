import { createClient, raw } from 'holdline';
import { pollingTransport } from 'holdline/polling';

const transport = pollingTransport({
  start: async ({ url, ask, hide }) => {
    const { id } = JSON.parse((await ask({ url, method: 'POST' })).text) as { id: string };
    hide(id); // taken out of errors, states and traces
    return { session: { next: `${url}/${id}/next`, send: `${url}/${id}/send` } };
  },
  poll: ({ next }) => ({ url: next }),
  parse: ({ text }) => ({ messages: JSON.parse(text) as string[] }),
  send: (messages, { send }) => ({ url: send, body: JSON.stringify(messages) }),
  hold: 30_000, // the server answers within that
  credentials: 'include', // cookies across origins, as for fetch
});
const client = createClient({ url: 'https://example.com/room', envelope: raw(), transport });

export {};
