import { createClient, loginLoop } from 'holdline';

const names = ['nobody', 'hlq'];
const client = createClient({
  url: 'ws://127.0.0.1:8765/',
  auth: loginLoop({
    answer: ({ turn }) => names[turn - 1], // undefined gives up: AuthError, no further attempt
    accepted: (reply) => reply === 'True',
  }),
});

export {};
