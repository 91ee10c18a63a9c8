import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../base/errors.ts';

/** How long to listen after the end of the input unless something else is said, in milliseconds. */
const DEFAULT_WAIT_MS = 1_000;

/** What `holdline --help` prints. */
export const HELP: string = `holdline URL [options]
holdline infer FILE [--tests]

Connects to a WebSocket server, sends each line of the standard input as a text message, and prints each message
that comes as one line, control characters escaped.

  -p, --protocol NAME        offer a subprotocol; may be repeated, the first is preferred
  -H, --header 'NAME: VALUE' add a field to the handshake; may be repeated
  -H, --header @FILE         add the fields in a file, one a line: what stands on a command line, others can see
  -w, --wait MS              go on listening after the end of the input (default ${DEFAULT_WAIT_MS}; Infinity: until the server
                             closes)
      --trace                show every frame on the standard error, payloads included
      --record FILE          write what happens to a file, one JSON record a line, messages included: it holds
                             whatever they hold. Credentials of the command line are left out. A file that is
                             there is replaced
      --json                 print messages as JSON: {"type":"text","data":"…"}, binary ones in base64
  -h, --help                 print this
  -v, --version              print the version

infer reads such a file and prints a first contract for it in TypeScript, or with --tests a test for vitest that
plays the session.

It ends with 0 after a clean close, 1 if the connection could not be made or was lost, 2 if it was called wrongly.

  echo '{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}' | holdline wss://example.com/socket
`;

/** One conversation, as the command line asks for it. */
export interface Conversation {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Milliseconds to listen after the end of the input; may be infinite. */
  readonly wait: number;
  readonly trace: boolean;
  readonly json: boolean;
  /** Where to write records. */
  readonly record: string | undefined;
}

/** A file of records that is to be made a contract, or a test. */
export interface Inference {
  readonly infer: string;
  readonly tests: boolean;
}

/** What the command line asks for. */
export type Command = 'help' | 'version' | Conversation | Inference;

/**
 * Reads the command line.
 *
 * @throws UsageError `INVALID_OPTION`, `INVALID_URL` or `INVALID_HEADER`
 */
export function parseArguments(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const [url, ...others] = positionals;
  if (url === 'infer') return parseInference(others, values.tests === true);
  if (url === undefined) throw new UsageError('INVALID_URL', { detail: 'no-url' });
  if (others.length > 0) {
    throw new UsageError('INVALID_OPTION', { detail: 'one-url' });
  }
  return {
    url,
    protocols: values.protocol ?? [],
    headers: (values.header ?? []).flatMap(parseHeaders),
    wait: parseWait(values.wait),
    trace: values.trace === true,
    json: values.json === true,
    record: values.record,
  };
}

function parseInference([file, ...others]: readonly string[], tests: boolean): Inference {
  if (file === undefined || others.length > 0) throw new UsageError('INVALID_OPTION', { detail: 'one-file' });
  return { infer: file, tests };
}

const OPTIONS = {
  protocol: { type: 'string', short: 'p', multiple: true },
  header: { type: 'string', short: 'H', multiple: true },
  wait: { type: 'string', short: 'w' },
  trace: { type: 'boolean' },
  json: { type: 'boolean' },
  record: { type: 'string' },
  tests: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** An option as it stands on the command line. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function parse(args: readonly string[]) {
  const given = { args: [...args], allowPositionals: true, options: OPTIONS } as const;
  const { tokens } = parseArgs({ ...given, strict: false, tokens: true });
  for (const token of tokens) if (token.kind === 'option') checkOption(token);
  return parseArgs(given);
}

/** What Node would refuse in words of its own. A value may be a secret: it is in no error. */
function checkOption({ name, rawName: option, value, inlineValue }: OptionToken): void {
  if (!Object.hasOwn(OPTIONS, name)) {
    const known = Object.keys(OPTIONS).map((one) => `--${one}`);
    throw new UsageError('INVALID_OPTION', { detail: 'unknown', option, known: known.join(', ') });
  }
  const takesText = OPTIONS[name as keyof typeof OPTIONS].type === 'string';
  if (!takesText && value !== undefined)
    throw new UsageError('INVALID_OPTION', { option, expected: 'given without a value' });
  const isMissing = value === undefined || (value.startsWith('-') && inlineValue !== true);
  if (takesText && isMissing)
    throw new UsageError('INVALID_OPTION', {
      option,
      expected: `followed by a value (one that begins with "-": --${name}=VALUE)`,
    });
}

/** A field, or those in a file; empty lines there are passed over. */
function parseHeaders(text: string): readonly (readonly [name: string, value: string])[] {
  if (!text.startsWith('@')) return [parseHeader(text)];
  const lines = read(text.slice(1)).split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '').map(parseHeader);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError('INVALID_HEADER', { detail: 'no-file', file, cause });
  }
}

/** The value may be a secret: it is in no error. */
function parseHeader(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(':');
  if (colon < 1) {
    throw new UsageError('INVALID_HEADER', { detail: 'no-colon' });
  }
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function parseWait(text: string | undefined): number {
  const wait = text === undefined ? DEFAULT_WAIT_MS : Number(text);
  if (text?.trim() === '' || !(wait >= 0)) {
    throw new UsageError('INVALID_OPTION', {
      option: '--wait',
      expected: 'a number of milliseconds, 0 or more, or Infinity',
      received: JSON.stringify(text),
    });
  }
  return wait;
}
