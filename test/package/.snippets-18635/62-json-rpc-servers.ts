import { createClient, jsonRpc } from 'holdline';

const devtools = createClient({
  url: 'ws://127.0.0.1:9222/devtools/browser/1',
  envelope: jsonRpc({ version: false, members: { sessionId: 'abc' } }), // or a function of method and params
});

export {};
