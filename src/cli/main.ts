import { createRequire } from 'node:module';
import { type ConnectionError, UsageError } from '../base/errors.ts';
import { HELP, parseArguments } from './arguments.ts';
import { converse, type Streams } from './converse.ts';
import { infer } from './infer.ts';
import { escaped } from './printed.ts';

/** The command, as the shell calls it. */
export async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), process);
  process.stdin.destroy(); // nothing more is read, and the process may end
}

/** Does what the arguments say. Resolves to the exit code: 0, 1 if it failed, 2 if it was called wrongly. */
export async function run(args: readonly string[], streams: Streams): Promise<number> {
  try {
    const command = parseArguments(args);
    if (command === 'help') streams.stdout.write(HELP);
    else if (command === 'version') streams.stdout.write(`${version()}\n`);
    else if ('infer' in command) streams.stdout.write(infer(command));
    else await converse(command, streams);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const { received } = Object(error) as Partial<ConnectionError>;
    const said = received?.reason ? ` The server says: ${received.reason}` : '';
    streams.stderr.write(
      `holdline: ${escaped(told(error) + said)}\n${isUsage ? 'holdline --help says more.\n' : ''}`,
    );
    return isUsage ? 2 : 1;
  }
}

/** The message of an error; where it ends with "See the cause.", the cause stands in place of that. */
function told(error: unknown): string {
  const { message = String(error), cause } = Object(error) as Partial<Error>;
  if (!message.endsWith(SEE_CAUSE) || cause === undefined) return message;
  return `${message.slice(0, -SEE_CAUSE.length)} (${told(cause)})`;
}

const SEE_CAUSE = ' See the cause.';

/** The package asks for its own package.json by name: that works from src/ and from dist/. */
function version(): string {
  const manifest = createRequire(import.meta.url)('holdline/package.json') as { readonly version: string };
  return manifest.version;
}
