import type { StormPolicy } from '../policy.ts';
import { centrifuge } from './centrifuge.ts';
import { graphqlWs } from './graphql-ws.ts';
import { holdline, holdlineTold } from './holdline.ts';
import { mqttJs } from './mqtt-js.ts';
import { partysocket } from './partysocket.ts';
import { phoenix } from './phoenix.ts';
import { plainExponential } from './plain-exponential.ts';
import { socketIo } from './socket-io.ts';

/** Every row of the table, ours last. */
export const POLICIES: readonly StormPolicy[] = [
  mqttJs,
  plainExponential,
  partysocket,
  socketIo,
  graphqlWs,
  phoenix,
  centrifuge,
  holdline,
  holdlineTold,
];
