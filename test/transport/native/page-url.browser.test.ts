// The platform's own WebSocket is the judge: whatever it makes of an address, ours goes to.
import { expect, inject, it } from 'vitest';
import { connect, createClient } from '../../../src/client/create-client.browser.ts';
import { resolveUrl } from '../../../src/transport/native/page-url.ts';

const taken = (url: string): string => {
  const socket = new WebSocket(url);
  socket.onerror = () => {};
  socket.close();
  return socket.url;
};

it.each(['/socket', 'socket?x=1', './', '../up', '//127.0.0.1:1/x', '?only=query', 'http://127.0.0.1:1', ''])(
  '%j goes where the platform goes',
  (url) => {
    expect(resolveUrl(url)).toBe(taken(url));
  },
);

it('connects to an http: address, and to one that is relative to the <base> of the page', async () => {
  const http = inject('conformanceUrl').replace(/^ws/, 'http');
  const direct = await connect(`${http}/echo`);
  await direct.close();
  const base = document.createElement('base');
  base.href = `${http}/`;
  document.head.append(base);
  try {
    const client = createClient({ url: '/echo?token=hush' });
    await client.ready();
    expect(client.why().target).toBe(`${inject('conformanceUrl')}/echo`);
    await client.close();
  } finally {
    base.remove();
  }
});
