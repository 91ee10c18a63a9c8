// The suite over HTTP requests, by way of a gateway to the same server, from a page of another origin.
import { inject } from 'vitest';
import { pollingTransport } from '../../../src/transport/polling/polling-transport.ts';
import { gatewayDialect } from '../../tools/polling-dialect.ts';
import { describeTransport } from './describe-transport.ts';
import { POLLING_ABILITIES } from './polling-abilities.ts';

describeTransport('polling, in a browser', pollingTransport(gatewayDialect()), inject('pollingUrl'), {
  ...POLLING_ABILITIES,
  // What the sockets take is tried in Node. Here every byte is copied through four processes.
  chunks: 4,
});
