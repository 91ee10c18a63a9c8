/** What docs/reference/errors.md says of each code: its texts as they read, and the fields that they show. */
import { NODE_TEXTS } from '../../src/base/error-texts.node.ts';
import { ERROR_TEXTS } from '../../src/base/error-texts.ts';
import type { Text, Texts } from '../../src/base/plain-text.ts';

/** A text as it reads with sample evidence, and the fields of the evidence that stand in it. */
export interface ErrorSample {
  readonly code: string;
  /** Empty for the text of an error without a detail. */
  readonly detail: string;
  readonly text: string;
  readonly fields: readonly string[];
}

/** One value for every fact that a text may show. A text that asks for another one is an error. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  file: 'headers.txt',
  bytes: 2_000_000,
  closeCode: 4000,
  encrypted: false,
  expected: 'websocket',
  header: 'Host',
  headers: undefined,
  host: 'example.com:443',
  ignored: undefined,
  index: 2,
  issues: [{ message: 'expected number, received string', path: ['price'] }],
  known: 'threshold, level, memLevel',
  limit: 1_000_000,
  meant: 'heartbeat.interval',
  messages: 1000,
  method: 'sum',
  offered: 2,
  opcode: 3,
  option: 'heartbeat.interval',
  outcome: 'not-sent',
  owner: undefined,
  part: 'requests',
  envelope: true,
  parameter: 'server_max_window_bits',
  path: '/run/app.sock',
  plugin: 'handover',
  port: 6667,
  proxy: 'http://proxy.example.com:3128',
  reason: 'ECONNREFUSED',
  received: 'h2c',
  redirects: 3,
  remoteCode: -32_602,
  remoteMessage: 'Invalid params',
  scheme: 'ftp:',
  server: 'wss://example.com/chat',
  size: 2_000_000,
  source: 'token',
  standard: 128,
  status: 503,
  statusText: 'Service Unavailable',
  subscription: 'ticks',
  timeout: 10_000,
  ttl: 60_000,
  turns: 3,
  versions: undefined,
};

/** Samples that fit one text better than the common ones. */
const OWN_SAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  DNS: { host: 'exmaple.com', reason: 'ENOTFOUND' },
  CLIENT_CLOSED: { reason: 'AUTH_REFUSED' },
  HANDSHAKE_ACCEPT: { received: 'x3JJHMbDL1EzLkh9', expected: 's3pPLMBiTxaQ9kYG' },
  HANDSHAKE_CONNECTION: { received: 'close', expected: 'Upgrade' },
  HANDSHAKE_EXTENSION: { received: 'x-webkit-deflate-frame', expected: 'permessage-deflate' },
  HANDSHAKE_PROTOCOL: { received: 'v2' },
  INVALID_CLOSE: { received: '1006', bytes: 130, limit: 123 },
  INVALID_OPTION: { expected: 'a positive number of milliseconds', received: '-1', owner: undefined },
  'NOT_CONNECTED.': { status: 'waiting' },
  INVALID_STATE: { status: 'waiting' },
  'INVALID_STATE.detached': { owner: 'client', method: 'send' },
  PROTOCOL: { received: 1006 },
  'PROXY.socks-reply': { received: '5' },
  'HANDSHAKE_REDIRECT.': { status: 302, statusText: 'Found', headers: new Map([['location', '/']]) },
  TLS: { reason: 'CERT_HAS_EXPIRED' },
  'CONNECT.option': { option: 'tls' },
  'INVALID_OPTION.token-characters': { owner: 'bearer' },
  AUTH_REFUSED: { owner: 'bearer' },
  'INVALID_OPTION.unknown': { option: 'heartbeat.intervall' },
  'INVALID_OPTION.limit': { option: 'limits.maxHeaders' },
  'INVALID_OPTION.proxy-url': { option: 'The option proxy' },
  'INVALID_URL.platform': { reason: 'SecurityError' },
};

function read(code: string, detail: string, text: Text): ErrorSample {
  const fields = new Set<string>();
  const samples = { ...SAMPLES, ...OWN_SAMPLES[code], ...OWN_SAMPLES[`${code}.${detail}`] };
  const facts = new Proxy(samples, {
    get: (all, name) => {
      if (typeof name === 'string' && !Object.hasOwn(all, name))
        throw new Error(`${code} ${detail} shows "${name}", for which there is no sample.`);
      fields.add(String(name));
      return all[name as string];
    },
  });
  return { code, detail, text: typeof text === 'string' ? text : text(facts), fields: [...fields].sort() };
}

/** The texts of both tables, by code and detail. */
function allTexts(): ReadonlyMap<string, ReadonlyMap<string, Text>> {
  const all = new Map<string, Map<string, Text>>();
  for (const [code, texts] of [...Object.entries(ERROR_TEXTS), ...Object.entries(NODE_TEXTS)]) {
    const cases = all.get(code) ?? new Map<string, Text>();
    all.set(code, cases);
    const given: Texts = texts;
    if (typeof given !== 'object') cases.set('', given);
    else for (const [detail, text] of Object.entries(given)) if (text !== undefined) cases.set(detail, text);
  }
  return all;
}

/** Every text of every code. */
export function errorSamples(): readonly ErrorSample[] {
  return [...allTexts()].flatMap(([code, cases]) =>
    [...cases].map(([detail, text]) => read(code, detail, text)),
  );
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** One block for each code. */
export function errorBlocks(): [name: string, block: string][] {
  const all = errorSamples();
  return [...allTexts().keys()].map((code) => {
    const samples = all.filter((sample) => sample.code === code);
    const fields = [...new Set(samples.flatMap((sample) => sample.fields))].sort();
    const evidence =
      fields.length === 0 ? [] : [`Shown: ${fields.map((field) => `\`${field}\``).join(', ')}.`];
    const [only] = samples;
    const lines =
      samples.length === 1 && only?.detail === ''
        ? [`> ${escaped(only.text)}`]
        : [
            '| `detail` | text |',
            '| --- | --- |',
            ...samples.map(
              ({ detail, text }) => `| ${detail === '' ? '' : `\`${detail}\``} | ${escaped(text)} |`,
            ),
          ];
    return [`error-${code}`, [...lines, ...(evidence.length > 0 ? ['', ...evidence] : [])].join('\n')];
  });
}
