// The suite over HTTP requests, by way of a gateway to the same server.
import { inject } from 'vitest';
import { pollingTransport } from '../../../src/transport/polling/polling-transport.ts';
import { gatewayDialect } from '../../tools/polling-dialect.ts';
import { describeTransport } from './describe-transport.ts';
import { POLLING_ABILITIES } from './polling-abilities.ts';

describeTransport('polling', pollingTransport(gatewayDialect()), inject('pollingUrl'), POLLING_ABILITIES);
