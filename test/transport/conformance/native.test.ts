import { inject } from 'vitest';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import { describeTransport } from './describe-transport.ts';

// Node 20's own WebSocket, behind a flag there, has three faults that no wrapper can cure (see docs).
const isNode20 = process.versions.node.startsWith('20.');

describeTransport(`native, Node ${process.versions.node}`, nativeTransport(), inject('conformanceUrl'), {
  ping: false,
  pause: false,
  headers: false,
  evidence: false,
  seesCloseBeforeFin: !isNode20,
  keepsLeadingBom: !isNode20,
  survivesForeignSubprotocol: !isNode20,
});
