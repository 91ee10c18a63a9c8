import { expect, it } from 'vitest';
import { actionCable } from '../../src/envelopes/action-cable.ts';
import { graphqlTransportWs } from '../../src/envelopes/graphql-transport-ws.ts';
import { phoenix, supabase } from '../../src/envelopes/phoenix.ts';
import { pusher } from '../../src/envelopes/pusher.ts';
import { socketIo } from '../../src/envelopes/socket-io.ts';

it.each([
  [{ namespace: '/' }, 'namespace of socketIo is unknown. Did you mean namespaces?'],
  [{ namespaces: ['admin'] }, 'namespaces of socketIo must be a list of namespaces such as "/" or "/chat".'],
  [{ namespaces: [] }, 'namespaces of socketIo must be a list of namespaces such as "/" or "/chat".'],
  [{ auth: 'secret-token' }, 'auth of socketIo must be an object or a function. It is a string.'],
  [{ subscriptions: { subscribe: 5 } }, 'subscriptions.subscribe of socketIo must be a string. It is 5.'],
])('socketIo(%j) is refused', (options, message) => {
  expect(() => socketIo(options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
  );
});

it.each([
  [{ auth: 'secret-token' }, 'auth of graphqlTransportWs must be an object or a function. It is a string.'],
  [{ document: {} }, 'document of graphqlTransportWs is unknown. Did you mean documents?'],
])('graphqlTransportWs(%j) is refused', (options, message) => {
  expect(() => graphqlTransportWs(options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: `The option ${message}` }),
  );
});

it.each([
  [() => phoenix({ param: {} } as never), 'param of phoenix is unknown. Did you mean params?'],
  [() => pusher({ authorise: 5 } as never), 'authorise of pusher is unknown. Did you mean authorize?'],
  [() => actionCable({ path: '/cable' } as never), 'path of actionCable is unknown. There are: none.'],
  [() => supabase({} as never), 'apikey of supabase must be a string.'],
  [
    () => supabase({ apikey: 'k', accessToken: 5 } as never),
    'accessToken of supabase must be a string or a function. It is a number.',
  ],
])('%s is refused', (call, message) => {
  expect(call).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: `The option ${message}` }));
});
