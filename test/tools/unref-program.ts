/** A program that opens a line to the address it is given and lets go of it: it ends by itself. */
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';

const [url, when] = process.argv.slice(2) as [string, string];
const client = createClient({ url, envelope: raw() });
await client.ready();
client.unref();
if (when === 'and back') {
  client.ref();
  await client.close();
}
console.log('done');
