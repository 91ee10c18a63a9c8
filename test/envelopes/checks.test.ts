import { describe, expect, it } from 'vitest';
import { actionCable } from '../../src/envelopes/action-cable.ts';
import { appSync } from '../../src/envelopes/appsync.ts';
import { graphqlTransportWs } from '../../src/envelopes/graphql-transport-ws.ts';
import { homeAssistant } from '../../src/envelopes/home-assistant.ts';
import { lsp, mcp } from '../../src/envelopes/json-rpc-presets.ts';
import { obs } from '../../src/envelopes/obs.ts';
import { phoenix, supabase } from '../../src/envelopes/phoenix.ts';
import { pusher } from '../../src/envelopes/pusher.ts';
import { socketIo } from '../../src/envelopes/socket-io.ts';
import { stomp } from '../../src/envelopes/stomp.ts';

const SECRET = 123_456_789;

describe('options of envelopes', () => {
  it.each([
    [() => obs({ password: SECRET as never }), /password of obs must be a string or a function/],
    [() => obs({ eventSubscriptions: 1.5 }), /eventSubscriptions of obs must be a whole number/],
    [() => obs({ pasword: 'x' } as never), /Did you mean password/],
    [() => lsp({ initialize: 5 as never }), /initialize of lsp must be an object/],
    [() => lsp({ initialized: 5 as never }), /initialized of lsp must be a function/],
    [() => mcp({} as never), /initialize of mcp must be an object/],
    [() => homeAssistant({} as never), /token of homeAssistant must be a string or a function/],
    [
      () => homeAssistant({ token: SECRET as never }),
      /token of homeAssistant must be a string or a function/,
    ],
    [
      () => homeAssistant({ token: 't', coalesce: 1 as never }),
      /coalesce of homeAssistant must be a boolean/,
    ],
    [() => appSync({ authorize: {} as never }), /authorize of appSync must be a function/],
    [() => stomp({ connect: 5 as never }), /connect of stomp must be an object or a function/],
    [() => stomp({ connect: [] as never }), /connect of stomp must be an object or a function/],
    [() => stomp({ heartBeat: [1] as never }), /heartBeat of stomp must be a list of two whole numbers/],
    [() => stomp({ heartBeat: [1, -1] }), /heartBeat of stomp must be a list of two whole numbers/],
  ])('are refused by name, and secrets are not repeated: %s', (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(make).not.toThrow(new RegExp(`${SECRET}|123_456`));
  });

  it('may be left out where they can', () => {
    for (const make of [obs, lsp, stomp]) expect(make()).toBeTypeOf('function');
  });
});

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
