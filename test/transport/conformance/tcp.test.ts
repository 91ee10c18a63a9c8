import { inject } from 'vitest';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import { describeTransport } from './describe-transport.ts';

describeTransport('TCP', tcpTransport(), inject('conformanceUrl'), {
  ping: true,
  pause: true,
  headers: true,
  evidence: true,
  seesCloseBeforeFin: true,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
});
