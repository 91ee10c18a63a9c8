/**
 * What each envelope and recipe can do, and which test has proven it: the table of docs/reference/protocols.md. A part is proven
 * by a test with a real server, by one with a scripted server, or the protocol has no such thing. Titles are looked for in the
 * files: a part whose test is gone cannot be generated.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../architecture/tree.ts';
import { readResults } from '../servers/results.ts';
import { type Added, measureSizes, writeSizes, writtenSizes } from './bundle-sizes.ts';

export const PARTS = ['login', 'request', 'stream', 'heartbeat', 'resume', 'goodbye'] as const;
export type Part = (typeof PARTS)[number];

/** The title of a test, or the beginning of one; `real` where it is with a real server. */
export type Proof = { readonly real: string } | { readonly scripted: string };

export interface Protocol {
  readonly name: string;
  /** Where its scripted tests are, from test/. */
  readonly scripted: string;
  /** Where those with a real server are. */
  readonly real?: string;
  /** The server of `real`, where the campaign does not say it. A package is looked up in package.json. */
  readonly server?: string;
  /** What is not in here the protocol does not have. */
  readonly parts: Partial<Record<Part, Proof>>;
  /** Most bytes of the envelope in a bundle, where it is one of the package. */
  readonly most?: number;
}

const real = (title: string): Proof => ({ real: title });
const scripted = (title: string): Proof => ({ scripted: title });

/** The bound of all envelopes but those that name another, in bytes. */
const MOST = 1_600;

/** Heartbeats where the protocol has none: the Ping of the WebSocket, or a question. */
export const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'jsonRpc',
    scripted: 'messaging/json-rpc.test.ts',
    real: 'interop/envelopes.aria2.test.ts',
    server: 'aria2 1.36.0',
    parts: {
      request: real('answers, and refuses a wrong secret and an unknown method'),
      stream: scripted('bring events and ends by their id'),
      heartbeat: real('answers pings'),
    },
    most: 900,
  },
  {
    name: 'ethereum',
    scripted: 'envelopes/json-rpc-presets.test.ts',
    real: 'servers/ethereum.test.ts',
    parts: {
      request: real('request: is answered, in whatever order, and refused'),
      stream: real('stream: brings the heads of the chain in order'),
      heartbeat: real('heartbeat: a call where the transport has no pings'),
    },
    most: MOST,
  },
  {
    name: 'solana',
    scripted: 'envelopes/json-rpc-presets.test.ts',
    parts: {
      request: scripted('has a method for each kind, and numbers as ids'),
      stream: scripted('ends a signature after its event'),
      heartbeat: scripted('each asks for a sign of life by a method of its protocol'),
    },
    most: MOST,
  },
  {
    name: 'lsp',
    scripted: 'envelopes/json-rpc-presets.test.ts',
    parts: {
      login: scripted('begins every connection with initialize and initialized'),
      request: scripted('cancels what is aborted, and refuses what nobody handles'),
      heartbeat: scripted('each asks for a sign of life by a method of its protocol'),
    },
    most: MOST,
  },
  {
    name: 'mcp',
    scripted: 'envelopes/json-rpc-presets.test.ts',
    parts: {
      login: scripted('initializes over its subprotocol'),
      request: scripted('asks for progress where there is a meta'),
      heartbeat: scripted('cancels by the id of the request, and answers a ping at once'),
    },
    most: MOST,
  },
  {
    name: 'socketIo',
    scripted: 'envelopes/socket-io.test.ts',
    real: 'interop/envelopes.socket-io.test.ts',
    server: 'socket.io',
    parts: {
      login: real('lets in whoever has the token, refuses others for good or for now'),
      request: real('acknowledges, in every namespace'),
      stream: real('tells a stream until we leave it, and again after a restart'),
      heartbeat: real('pings, and is missed when it does not'),
      resume: real('goes on where it was, where the server keeps what was missed'),
      goodbye: real('throws us out, and we stay out'),
    },
    // Two protocols in one, bytes anywhere, and recovery.
    most: 2_250,
  },
  {
    name: 'graphqlTransportWs',
    scripted: 'envelopes/graphql-transport-ws.test.ts',
    real: 'interop/envelopes.graphql-ws.test.ts',
    server: 'graphql-ws',
    parts: {
      login: real('lets in whoever has the token, and no other'),
      request: real('answers, with errors beside data, and refuses what it cannot execute'),
      stream: real('tells a stream until we leave it, and again after a restart by %i'),
      heartbeat: real('answers our pings, and is missed when it does not'),
    },
    most: MOST,
  },
  {
    name: 'phoenix',
    scripted: 'envelopes/phoenix.test.ts',
    parts: {
      login: scripted('that is refused with 403 is final'),
      request: scripted('are requests to a topic, answered in any order'),
      stream: scripted('is joined once for all, and left by the last'),
      heartbeat: scripted('is ours, every 30 s'),
    },
    most: MOST,
  },
  {
    name: 'supabase',
    scripted: 'envelopes/phoenix.test.ts',
    parts: {
      login: scripted('joins with the key of the project where there is no user'),
      request: scripted('are requests to a topic, answered in any order'),
      stream: scripted('joins a channel with its config and a token'),
      heartbeat: scripted('asks for a sign of life every 25 s'),
    },
    most: MOST,
  },
  {
    name: 'chromeDevTools',
    scripted: 'envelopes/chrome-devtools.test.ts',
    real: 'interop/envelopes.devtools.test.ts',
    server: 'Chromium 156, Node 20',
    parts: {
      request: real('answers, refuses, and tells events of a session before the reply'),
      heartbeat: scripted('asks for a sign of life where the transport cannot ping'),
      goodbye: real('never answers the commands of a session that is gone'),
    },
    most: MOST,
  },
  {
    name: 'pusher',
    scripted: 'envelopes/pusher.test.ts',
    parts: {
      login: scripted('waits for the id of the socket'),
      stream: scripted('is shared, left by the last, and may be subscribed to anew'),
      heartbeat: scripted('asks after the time that the server has named'),
      goodbye: scripted('%i is final'),
    },
    most: MOST,
  },
  {
    name: 'actionCable',
    scripted: 'envelopes/action-cable.test.ts',
    real: 'servers/action-cable.test.ts',
    parts: {
      login: real('login: lets in whoever has the token, and no other'),
      stream: real('stream: brings what is said in a channel, until it is left'),
      heartbeat: real('heartbeat: comes from the server every 3 s'),
      goodbye: real('goodbye: in words, to come back or not'),
    },
    most: MOST,
  },
  {
    name: 'signalR',
    scripted: 'envelopes/signalr.test.ts',
    parts: {
      login: scripted('that is refused is an attempt that failed, in the words of the hub'),
      request: scripted('are answered under their id'),
      stream: scripted('bring items under an id of ours'),
      heartbeat: scripted('are said every 15 s, and expected every 30'),
      goodbye: scripted('says whether to come back: %j'),
    },
    most: MOST,
  },
  {
    name: 'appSync',
    scripted: 'envelopes/appsync.test.ts',
    parts: {
      login: scripted('that is refused for its authorization is final'),
      request: scripted('sends each event as a text, and says what came of it'),
      stream: scripted('are subscribed with an authorization of their own, and left'),
      heartbeat: scripted('come from the server as often as it has said'),
    },
    most: MOST,
  },
  {
    name: 'stomp',
    scripted: 'envelopes/stomp.test.ts',
    real: 'servers/stomp.test.ts',
    parts: {
      login: real('login: lets in whoever has the password, and no other'),
      request: real('request: is answered by a receipt, refused by an error'),
      stream: real('stream: brings what is sent to a topic, until it is left'),
      heartbeat: real('heartbeat: is agreed on, kept by both'),
    },
    most: 1_620,
  },
  {
    name: 'obs',
    scripted: 'envelopes/obs.test.ts',
    real: 'servers/obs.test.ts',
    parts: {
      login: real('login: lets in whoever has the password, and no other'),
      request: real('request: is answered, also in a batch, and refused with a code'),
      heartbeat: real('heartbeat: a Ping is answered; silence is noticed'),
      goodbye: scripted('after a close with %d: %s'),
    },
    most: MOST,
  },
  {
    name: 'homeAssistant',
    scripted: 'envelopes/home-assistant.test.ts',
    parts: {
      login: scripted('with a token that is refused is final'),
      request: scripted('resolve with their result, or are refused with the code'),
      stream: scripted('belong to the id of their command, also before its result'),
      heartbeat: scripted('asks ping where the transport cannot'),
    },
    most: MOST,
  },
];

/** Those that are copied: the name is that of the file in docs/recipes. */
export const RECIPE_PROTOCOLS: readonly Protocol[] = [
  {
    name: 'trpc',
    scripted: 'recipes/trpc.test.ts',
    real: 'servers/trpc.test.ts',
    parts: {
      login: real('login: lets in whoever has the token, and no other'),
      request: real('request: queries and mutations are answered, or refused'),
      stream: real('stream: is told to its end, by the server or by us'),
      heartbeat: real('heartbeat: both sides ask, and silence is noticed'),
      resume: real('restart, resume: the stream goes on behind the last event'),
      goodbye: real('goodbye: in words, and the client is on another connection'),
    },
  },
  {
    name: 'jupyter',
    scripted: 'recipes/jupyter.test.ts',
    real: 'servers/jupyter.test.ts',
    parts: {
      login: real('login: lets in whoever has the token, and no other'),
      request: real('request: is over when its outputs are'),
      stream: real('stream: what another client does comes as events'),
      heartbeat: real('heartbeat: a Ping is answered; silence is noticed'),
    },
  },
  {
    name: 'slack',
    scripted: 'recipes/slack.test.ts',
    parts: {
      login: scripted('is refused for good, or for now'),
      request: scripted('that takes an answer gets the handler'),
      stream: scripted('is acknowledged at once, and told by its type'),
      goodbye: scripted('with a warning is followed by the next connection'),
    },
  },
  {
    name: 'discord',
    scripted: 'recipes/discord.test.ts',
    parts: {
      login: scripted('identifies when the server has said hello'),
      request: scripted('bring members chunk by chunk'),
      heartbeat: scripted('has the last sequence, at the interval of the server'),
      resume: scripted('resumes at the other address, behind the last event'),
      goodbye: scripted('%j is followed by another connection'),
    },
  },
  {
    name: 'centrifugo',
    scripted: 'recipes/centrifugo.test.ts',
    parts: {
      login: scripted('connects with the token'),
      request: scripted('are an RPC or a command, and refused with a code'),
      stream: scripted('is subscribed to once for all'),
      heartbeat: scripted('is kept alive by the server'),
      resume: scripted('goes on behind the last publication'),
      goodbye: scripted('ends in words, for good or not'),
    },
  },
  {
    name: 'binance',
    scripted: 'recipes/exchanges.test.ts',
    parts: {
      request: scripted('answers, and refuses with a code, or without saying what'),
      stream: scripted('subscribes to a stream once for all'),
      goodbye: scripted('tells of a user’s account, and of its own end'),
    },
  },
  {
    name: 'kraken',
    scripted: 'recipes/exchanges.test.ts',
    parts: {
      login: scripted('is not ready while the exchange is not'),
      request: scripted('answers and refuses, and pings where the transport cannot'),
      stream: scripted('subscribes for each symbol, and tells each its own'),
      heartbeat: scripted('answers and refuses, and pings where the transport cannot'),
    },
  },
  {
    name: 'openai-realtime',
    scripted: 'recipes/openai-realtime.test.ts',
    parts: {
      login: scripted('is not let in where the server says something else'),
      request: scripted('updates the session, refuses what was wrong by its id'),
      stream: scripted('gives each response what is said of it'),
    },
  },
  {
    name: 'kubernetes',
    scripted: 'recipes/kubernetes.test.ts',
    parts: {
      stream: scripted('offers the versions it knows, and sends each channel'),
      goodbye: scripted('hears what is written, and the end by %s'),
    },
  },
];

const sources = new Map<string, string>();

/** Titles of tests stand in quotes of one kind. */
function hasTitle(file: string, title: string): boolean {
  const text = sources.get(file) ?? readFileSync(join(ROOT, 'test', file), 'utf8');
  sources.set(file, text);
  return text.includes(`'${title}`);
}

/** What is wrong with a row; nothing if nothing is. */
export function faultsOf({ name, scripted, real, parts }: Protocol): readonly string[] {
  return Object.entries(parts).flatMap(([part, proof]) => {
    const [file, title] = 'real' in proof ? [real, proof.real] : [scripted, proof.scripted];
    if (file === undefined || !hasTitle(file, title)) return [`${name}, ${part}: ${file} has no "${title}"`];
    if (!file.startsWith('servers/')) return [];
    const passed = readResults().find((one) => one.file === `test/${file}`)?.passed ?? [];
    const isProven = passed.some((one) => one.startsWith(title));
    return isProven ? [] : [`${name}, ${part}: "${title}" has not passed in npm run test:servers -- --write`];
  });
}

/** A real server by name and version. */
function serverOf({ real, server }: Protocol): string {
  if (real === undefined) return '';
  const result = readResults().find((one) => one.file === `test/${real}`);
  if (result !== undefined) return `${result.server} ${result.version}`;
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const version = devDependencies[server as string];
  return version === undefined ? (server as string) : `${server} ${version}`;
}

/** `npm run docs` measures. */
const sizes: Readonly<Record<string, Added>> =
  process.env.HOLDLINE_WRITE_DOCS === '1'
    ? await measureSizes(PROTOCOLS.map(({ name }) => name))
    : writtenSizes();
if (process.env.HOLDLINE_WRITE_DOCS === '1') writeSizes(sizes);

function table(protocols: readonly Protocol[], more: (protocol: Protocol) => readonly string[]): string[] {
  return protocols.map((protocol) => {
    const [fault] = faultsOf(protocol);
    if (fault !== undefined) throw new Error(fault);
    const marks = PARTS.map((part) => {
      const proof = protocol.parts[part];
      if (proof === undefined) return '–';
      return 'real' in proof ? '**real**' : 'scripted';
    });
    const cells = [`\`${protocol.name}\``, ...marks, serverOf(protocol), ...more(protocol)];
    return `| ${cells.join(' | ')} |`;
  });
}

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1);

/** Blocks of the documentation by name. */
export function protocolBlocks(): [name: string, block: string][] {
  const head = (...more: readonly string[]): string[] => {
    const cells = ['', ...PARTS, 'real server', ...more];
    return [`| ${cells.join(' | ')} |`, `|${cells.map(() => ' --- ').join('|')}|`];
  };
  const bytes = ({ name }: Protocol): string[] => {
    const { own, whole } = sizes[name] as Added;
    return [kilobytes(own), name === 'jsonRpc' ? 'in it' : kilobytes(whole)];
  };
  const other = readResults().filter(
    ({ file }) => ![...PROTOCOLS, ...RECIPE_PROTOCOLS].some(({ real }) => file === `test/${real}`),
  );
  const lines = other.map(
    ({ server, version, passed }) =>
      `| ${server} ${version} | ${[...new Set(passed.map((title) => title.slice(0, title.indexOf(':'))))].join(', ')} |`,
  );
  return [
    ['protocols', [...head('itself, kB', 'beside a client, kB'), ...table(PROTOCOLS, bytes)].join('\n')],
    ['protocols-recipes', [...head(), ...table(RECIPE_PROTOCOLS, () => [])].join('\n')],
    ['protocols-line', ['| library | proven |', '| --- | --- |', ...lines].join('\n')],
    ['protocols-parts', `${kilobytes((sizes.parts as Added).whole)} kB`],
  ];
}
