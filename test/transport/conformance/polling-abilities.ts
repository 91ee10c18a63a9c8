import type { Abilities } from './describe-transport.ts';

/** What polling by way of the gateway can do, in Node and in a browser. */
export const POLLING_ABILITIES: Abilities = {
  ping: false,
  pause: true,
  headers: true,
  evidence: true,
  subprotocols: false,
  compression: false,
  // It is the gateway that waits for the end of TCP.
  seesCloseBeforeFin: false,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
  names: {
    // A page with the status 200 is an answer that cannot be read; all else is a request that failed.
    '/plain-200': 'HANDSHAKE_MALFORMED',
    '/wrong-accept': 'HANDSHAKE_OPAQUE',
    '/reset-handshake': 'HANDSHAKE_OPAQUE',
    '/end-handshake': 'HANDSHAKE_OPAQUE',
    '/garbage-head': 'HANDSHAKE_OPAQUE',
    '/garbage': 'CONNECTION_LOST',
    '/bad-utf8': 'CONNECTION_LOST',
  },
  faults: { refused: 'HANDSHAKE_OPAQUE', unknown: 'HANDSHAKE_OPAQUE' },
};
