import { afterAll, inject } from 'vitest';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import { createCertificate } from '../../tools/certificates.ts';
import { startTlsProxy } from '../../tools/tls-server.ts';
import { describeTransport } from './describe-transport.ts';

const certificate = createCertificate({ names: 'IP:127.0.0.1' });
const proxy = await startTlsProxy(certificate, Number(new URL(inject('conformanceUrl')).port));
afterAll(() => proxy.close());

describeTransport('TLS', tcpTransport({ tls: { ca: certificate.cert } }), `wss://127.0.0.1:${proxy.port}`, {
  ping: true,
  pause: true,
  headers: true,
  evidence: true,
  seesCloseBeforeFin: true,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
});
