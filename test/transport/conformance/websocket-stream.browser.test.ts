// The suite over the WebSocketStream of Chromium.
import { inject } from 'vitest';
import { webSocketStreamTransport } from '../../../src/transport/native/websocket-stream-transport.ts';
import { describeTransport } from './describe-transport.ts';

describeTransport('WebSocketStream, in a browser', webSocketStreamTransport(), inject('conformanceUrl'), {
  ping: false,
  pause: true,
  headers: false,
  evidence: false,
  seesCloseBeforeFin: true,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
});
