import { createClient } from 'holdline';
import { actionCable, pusher } from 'holdline/envelopes';

const reverb = createClient({
  url: 'wss://ws.example.com/app/key',
  envelope: pusher({
    authorize: async ({ channel, socketId }) => {
      const body = new URLSearchParams({ channel_name: channel, socket_id: socketId });
      const answer = await fetch('/broadcasting/auth', { method: 'POST', body });
      return (await answer.json()) as { auth: string };
    },
  }),
});
reverb.subscribe('private-orders').on((said) => console.log(said)); // { event, data }

const rails = createClient({ url: 'wss://example.com/cable', envelope: actionCable() });
const chat = rails.subscribe('ChatChannel', { room: 1 });
chat.onStatus((status) => {
  if (status === 'active') void rails.notify('speak', { text: 'hi' }, { meta: { channel: 'ChatChannel', room: 1 } });
});

export {};
