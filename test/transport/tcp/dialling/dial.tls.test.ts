import { connect as connectTcp } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TlsOptions } from '../../../../src/transport/tcp/dialling/options.ts';
import { tcpTransport } from '../../../../src/transport/tcp/tcp-transport.ts';
import { type Certificate, createCertificate, createPfx } from '../../../tools/certificates.ts';
import { dialHarness, failure, serve } from '../../../tools/dial-harness.ts';
import { lookupLoopback, startTlsServer, type TlsServer } from '../../../tools/tls-server.ts';

const { connect, closing, listen } = dialHarness();
let authority: Certificate;
let certificate: Certificate;
let secure: TlsServer;

beforeAll(async () => {
  authority = createCertificate({ names: 'DNS:authority.test' });
  certificate = createCertificate({ names: 'DNS:localhost,DNS:named.test,IP:127.0.0.1', signer: authority });
  secure = await startTlsServer(certificate);
});
afterAll(() => secure.close());

const trusting = (more: TlsOptions = {}) => ({
  tls: { ca: authority.cert, ...more },
  lookup: lookupLoopback,
});

/** What a client makes of a server with this certificate. */
async function faultOf(faulty: Certificate, url = (port: number) => `wss://localhost:${port}`) {
  const server = closing(await startTlsServer(faulty));
  return failure(connect(url(server.port), trusting()));
}

describe('wss: certificates', () => {
  it('echoes over TLS, with http/1.1 as the one application protocol (#11, #13)', async () => {
    secure.protocols.length = 0;
    const session = await connect(`wss://localhost:${secure.port}`, trusting()).open();
    session.transport.send('hello');
    expect(await session.message()).toBe('hello');
    expect(secure.protocols).toEqual(['http/1.1']);
  });

  it('fails with the cause for a certificate that has expired (#10, attack 19)', async () => {
    const error = await faultOf(createCertificate({ names: 'DNS:localhost', signer: authority, days: -1 }));
    expect(error).toMatchObject({ code: 'TLS', phase: 'tls', cause: { code: 'CERT_HAS_EXPIRED' } });
    expect(error.message).toMatch(/expired\. Renew/);
  });

  it('fails with the cause for a certificate of another host, and of a name where an address is asked for (#10, attack 19)', async () => {
    const other = createCertificate({ names: 'DNS:other.test', signer: authority });
    const cause = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
    expect(await faultOf(other)).toMatchObject({ code: 'TLS', cause });
    const named = createCertificate({ names: 'DNS:localhost', signer: authority });
    expect(await faultOf(named, (port) => `wss://127.0.0.1:${port}`)).toMatchObject({ code: 'TLS', cause });
  });

  it('fails with the cause for a self-signed certificate, and for one of an unknown authority (#10, attack 19)', async () => {
    const own = createCertificate({ names: 'DNS:localhost' });
    expect(await faultOf(own)).toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    const stranger = createCertificate({ names: 'DNS:stranger.test' });
    const error = await faultOf(createCertificate({ names: 'DNS:localhost', signer: stranger }));
    expect(error).toMatchObject({ code: 'TLS', cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } });
    expect(error.message).toContain('tls.ca');
  });

  it('fails with the cause for a certificate that is one for clients only (attack 19)', async () => {
    const error = await faultOf(
      createCertificate({ names: 'DNS:localhost', signer: authority, usage: 'clientAuth' }),
    );
    expect(error).toMatchObject({ code: 'TLS', cause: { code: 'INVALID_PURPOSE' } });
    expect(error.message).toContain('serverAuth');
  });

  it('does not speak TLS 1.1, unless told to (attack 19)', async () => {
    // OpenSSL 3 itself refuses such old versions, unless it is told to have no standards at all.
    // A TLS library that knows no such thing throws out of any call.
    const ciphers = process.versions.bun === undefined ? 'DEFAULT@SECLEVEL=0' : 'DEFAULT';
    const range = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers } as const;
    const old = closing(await startTlsServer({ ...certificate, ...range }));
    const url = `wss://localhost:${old.port}`;
    expect(await failure(connect(url, trusting({ ciphers })))).toMatchObject({ code: 'TLS' });
    await connect(url, trusting({ ciphers, minVersion: 'TLSv1.1' })).open();
  });

  it('never falls back to ws: nothing but TLS records reach the server (#9, #10, attack 19)', async () => {
    const first: number[] = [];
    let connections = 0;
    const port = await listen((socket) => {
      connections++;
      socket.on('data', (chunk) => first.push(chunk[0] as number));
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    expect((await failure(connect(`wss://localhost:${port}`, trusting()))).code).toBe('TLS');
    const HANDSHAKE_RECORD = 22;
    const ALERT_RECORD = 21;
    expect(first[0]).toBe(HANDSHAKE_RECORD);
    expect(first.slice(1).every((type) => type === ALERT_RECORD)).toBe(true);
    expect(connections).toBe(1);
  });
});

describe('wss: what the client shows', () => {
  const mutual = async () =>
    closing(await startTlsServer({ ...certificate, ca: authority.cert, requestCert: true }));

  it('a certificate of its own, as key and cert or as pfx with a passphrase', async () => {
    const server = await mutual();
    const own = createCertificate({ names: 'DNS:client.test', signer: authority });
    await connect(`wss://localhost:${server.port}`, trusting(own)).open();
    const pfx = createPfx(own, 'open sesame');
    await connect(`wss://localhost:${server.port}`, trusting({ pfx, passphrase: 'open sesame' })).open();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'without the certificate that the server wants it says so (%s)',
    async (version) => {
      const server = await mutual();
      const error = await failure(
        connect(`wss://localhost:${server.port}`, trusting({ maxVersion: version })),
      );
      expect(error).toMatchObject({ code: 'TLS', phase: 'tls' });
      expect(error.message).toMatch(/tls\.cert|hung up/);
    },
  );

  it('ends in an error, not a throw, when Node refuses the options, over a tunnel too', async () => {
    const wrong = { tls: { cert: 'nonsense', key: 'nonsense' } };
    expect(await failure(connect(`wss://127.0.0.1:${secure.port}`, wrong))).toMatchObject({ code: 'TLS' });
    const createConnection = ({ host, port }: { host: string; port: number }) => connectTcp({ host, port });
    const session = connect(`wss://127.0.0.1:${secure.port}`, { ...wrong, createConnection });
    expect(await failure(session)).toMatchObject({ code: 'TLS', phase: 'tls' });
  });

  it('no name for an IP address, the name without its dot, and a name of the caller’s (#12)', async () => {
    secure.serverNames.length = 0;
    await connect(`wss://127.0.0.1:${secure.port}`, trusting()).open();
    await connect(`wss://named.test.:${secure.port}`, trusting()).open();
    await connect(`wss://127.0.0.1:${secure.port}`, trusting({ servername: 'named.test' })).open();
    expect(secure.serverNames).toEqual([false, 'named.test', 'named.test']);
  });

  it('no IP address as a name, though the caller asks for it (#12)', () => {
    const ask = () => connect(`wss://localhost:${secure.port}`, trusting({ servername: '127.0.0.1' }));
    expect(ask).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

it('a TLS error on an open connection is a lost connection, not a failed handshake', async () => {
  let inject: () => void = () => {};
  const port = await listen((client) => {
    const server = connectTcp({ port: secure.port, host: '127.0.0.1' });
    server.on('error', () => {});
    client.once('close', () => server.destroy());
    client.pipe(server).pipe(client);
    inject = () => client.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  const session = await connect(`wss://localhost:${port}`, trusting()).open();
  inject();
  expect((await session.closed()).error).toMatchObject({
    name: 'ConnectionError',
    code: 'CONNECTION_LOST',
    cause: { code: expect.stringMatching(/^ERR_SSL_/) },
  });
});

describe('wss: sessions', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'goes on with the session of the connection before, within one factory (%s)',
    async (version) => {
      const server = closing(await startTlsServer({ ...certificate, maxVersion: version }));
      const url = `wss://localhost:${server.port}`;
      const factory = tcpTransport(trusting());
      for (let time = 0; time < 3; time++) {
        const session = await connect(url, factory).open();
        session.transport.send('hello');
        await session.message();
        session.transport.close();
        await session.closed();
      }
      const session = await connect(url, trusting()).open();
      session.transport.close();
      expect(server.reused).toEqual([false, true, true, false]);
    },
  );

  it('a session made without a check of the certificate is no way around the check', async () => {
    const { DialPool } = await import('../../../../src/transport/tcp/dialling/pool.ts');
    const { TcpConnection } = await import('../../../../src/transport/tcp/connection.ts');
    const { planConnection } = await import('../../../../src/transport/tcp/tcp-transport.ts');
    const { TransportMemory } = await import('../../../../src/transport/tcp/memory/memory.ts');
    const pool = new DialPool();
    const factory =
      (tls: TlsOptions): ReturnType<typeof tcpTransport> =>
      (request, sink) =>
        new TcpConnection(
          planConnection(request, { tls, lookup: lookupLoopback }, pool),
          new TransportMemory(),
          sink,
        );
    // Node does not ask whose certificate it was when a session goes on.
    const url = `wss://other.test:${secure.port}`;
    const careless = await connect(
      url,
      factory({ ca: authority.cert, checkServerIdentity: () => undefined }),
    ).open();
    careless.transport.send('hello');
    await careless.message();
    expect(await failure(connect(url, factory({ ca: authority.cert })))).toMatchObject({
      code: 'TLS',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('forgets a session that the server does not get along with', async () => {
    const factory = tcpTransport(trusting());
    // With the same keys a later server would know the session, if it were offered.
    const options = { ...certificate, ticketKeys: Buffer.alloc(48, 7) };
    const first = closing(await startTlsServer(options));
    const { port } = first;
    for (const isKnown of [false, true]) {
      const session = await connect(`wss://localhost:${port}`, factory).open();
      session.transport.send('hello');
      await session.message();
      expect(first.reused.at(-1)).toBe(isKnown);
    }
    await first.close();
    const silent = await serve(
      createServer(options).on('connection', (socket) => socket.destroy()),
      { host: '127.0.0.1', port },
    );
    expect((await failure(connect(`wss://localhost:${port}`, factory))).code).toBe('TLS');
    await silent.close();
    const again = await serve(
      createServer(options, (socket) => reused.push(socket.isSessionReused())),
      {
        host: '127.0.0.1',
        port,
      },
    );
    const reused: boolean[] = [];
    closing(again);
    const session = connect(`wss://localhost:${port}`, factory, { handshakeTimeout: 2_000 });
    expect((await failure(session)).phase).toBe('http');
    expect(reused).toEqual([false]);
  });
});
