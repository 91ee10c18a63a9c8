import { inject } from 'vitest';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import { describeTransport } from './describe-transport.ts';

describeTransport('native, in a browser', nativeTransport(), inject('conformanceUrl'), {
  ping: false,
  pause: false,
  headers: false,
  evidence: false,
  seesCloseBeforeFin: true,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
});
