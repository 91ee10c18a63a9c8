// Test environments put event classes of their own into the globals, before the package is loaded or after.
import { createRequire } from 'node:module';
import { Window } from 'happy-dom';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { findPlatform } from '../../../../src/transport/tcp/whatwg/platform.ts';

const PATH = '../../../../src/transport/tcp/whatwg/websocket.ts';
type SocketModule = typeof import('../../../../src/transport/tcp/whatwg/websocket.ts');

const NAMES = ['Event', 'EventTarget', 'MessageEvent', 'CloseEvent', 'DOMException', 'Blob'] as const;
const window = new Window();

// It has no types of its own.
const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  readonly JSDOM: new () => { readonly window: Readonly<Record<string, unknown>> };
};
const { window: jsdom } = new JSDOM();

/** Classes as another realm has them, and classes that are nothing but a name. */
const FOREIGN: Readonly<Record<string, (name: (typeof NAMES)[number]) => unknown>> = {
  'happy-dom': (name) => window[name as keyof typeof window],
  jsdom: (name) => jsdom[name],
  'a bare class': () => class {},
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Connects, hears an echo of its bytes and closes; what came, in order. */
async function talk({ WebSocket }: SocketModule): Promise<string[]> {
  const socket = new WebSocket(`${inject('conformanceUrl')}/echo`);
  const told: string[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.onopen = ({ type }) => {
      told.push(type);
      socket.send(Uint8Array.of(104, 105));
    };
    socket.onmessage = async (event) => {
      told.push(String(event), await (event.data as Blob).text());
      socket.ping();
    };
    socket.addEventListener('pong', (event) => {
      told.push(event.type);
      socket.close(1000);
    });
    socket.onclose = (event) => {
      told.push(String(event), `${event.code}`);
      resolve();
    };
  });
  await closed;
  return told;
}

const USUAL = ['open', '[object MessageEvent]', 'hi', 'pong', '[object CloseEvent]', '1000'];

describe.each(Object.entries(FOREIGN))('globals of %s', (_, make) => {
  it.each(NAMES)('%s, put there before the import, changes nothing', async (name) => {
    vi.resetModules();
    vi.stubGlobal(name, make(name));
    expect(await talk((await import(PATH)) as SocketModule)).toEqual(USUAL);
  });

  it.each(NAMES)('%s, put there after it, changes nothing', async (name) => {
    const loaded = (await import(PATH)) as SocketModule;
    vi.stubGlobal(name, make(name));
    expect(await talk(loaded)).toEqual(USUAL);
  });

  it('all of them change nothing, and wrong arguments have their names', async () => {
    vi.resetModules();
    for (const name of NAMES) vi.stubGlobal(name, make(name));
    const loaded = (await import(PATH)) as SocketModule;
    expect(await talk(loaded)).toEqual(USUAL);
    expect(() => new loaded.WebSocket('ftp://example.com')).toThrow(
      expect.objectContaining({ name: 'SyntaxError' }),
    );
  });
});

it('a program may fill the gaps of its platform with ours', async () => {
  const loaded = (await import(PATH)) as SocketModule;
  const { CloseEvent } = await import('../../../../src/transport/tcp/whatwg/websocket-close-event.ts');
  vi.stubGlobal('CloseEvent', CloseEvent);
  expect(await talk(loaded)).toEqual(USUAL);
  vi.stubGlobal('CloseEvent', class extends CloseEvent {});
  expect(await talk(loaded)).toEqual(USUAL);
});

it('takes the globals as they are where there is no other way', () => {
  const foreign = { Event: class {}, EventTarget: class {}, DOMException: class {} };
  const globals = foreign as unknown as Parameters<typeof findPlatform>[0];
  const find = vi.spyOn(process, 'getBuiltinModule');
  find.mockReturnValue({} as never);
  expect(findPlatform(globals)).toBe(globals);
  find.mockRestore();
});
