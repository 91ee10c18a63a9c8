// The suite once more through an HTTP proxy, with TLS inside the tunnel: the way must not be felt.
import { afterAll, inject } from 'vitest';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import { createCertificate } from '../../tools/certificates.ts';
import { startConnectProxy } from '../../tools/connect-proxy.ts';
import { startTlsProxy } from '../../tools/tls-server.ts';
import { describeTransport } from './describe-transport.ts';

const certificate = createCertificate({ names: 'IP:127.0.0.1' });
const end = await startTlsProxy(certificate, Number(new URL(inject('conformanceUrl')).port));
const proxy = await startConnectProxy({ halfOpen: true });
afterAll(() => Promise.all([end.close(), proxy.close()]));

const transport = tcpTransport({
  proxy: `http://127.0.0.1:${proxy.port}`,
  tls: { ca: certificate.cert },
});
describeTransport('TLS through a proxy', transport, `wss://127.0.0.1:${end.port}`, {
  ping: true,
  pause: true,
  headers: true,
  evidence: true,
  seesCloseBeforeFin: true,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
  // The proxy finds the server, or not.
  faults: { refused: 'PROXY', unknown: 'PROXY' },
});
