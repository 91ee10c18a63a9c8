/**
 * A program of its own: it sends much, closes at once, and must then exit by itself. Arguments: the URL of a server, the
 * number of messages, and the milliseconds that closing may take. Prints how often each fate was met.
 */
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';

const [url, count, closeTimeout] = process.argv.slice(2) as [string, string, string];

const MIB = 1024 * 1024;

async function main(): Promise<void> {
  const client = createClient({
    url,
    envelope: raw(),
    closeTimeout: Number(closeTimeout),
    outbox: { maxBytes: 256 * MIB },
  });
  await client.ready();
  const fates = Array.from({ length: Number(count) }, (_, at) =>
    client.send(new Uint8Array(MIB).fill(at)).then(
      ({ outcome }) => outcome,
      ({ code, outcome }: { code: string; outcome: string }) => `${code} ${outcome}`,
    ),
  );
  const { wasClean } = await client.close();
  const counts: Record<string, number> = {};
  for (const fate of await Promise.all(fates)) counts[fate] = (counts[fate] ?? 0) + 1;
  process.stdout.write(JSON.stringify({ wasClean, counts }));
}

void main();
