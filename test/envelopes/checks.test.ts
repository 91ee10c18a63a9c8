import { describe, expect, it } from 'vitest';
import { appSync } from '../../src/envelopes/appsync.ts';
import { homeAssistant } from '../../src/envelopes/home-assistant.ts';
import { lsp, mcp } from '../../src/envelopes/json-rpc-presets.ts';
import { obs } from '../../src/envelopes/obs.ts';
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
