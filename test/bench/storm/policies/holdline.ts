import { HandshakeError } from '../../../../src/base/errors.ts';
import type { Platform } from '../../../../src/client/options.ts';
import { resolveOptions } from '../../../../src/client/resolve-options.ts';
import { connectTimeout } from '../../../../src/connection/backoff.ts';
import { AttemptHistory, decideNext } from '../../../../src/connection/next-attempt.ts';
import { raw } from '../../../../src/messaging/raw.ts';
import type { Closure } from '../../../../src/protocol/closure.ts';
import type { StormPolicy } from '../policy.ts';

/** A connection that broke without a word. */
const LOST: Closure = { code: 1006, reason: '', wasClean: false };

/** A server that says that it restarts (RFC 6455, 7.4.2, IANA registry: 1012). */
const RESTARTS: Closure = {
  code: 1012,
  reason: '',
  wasClean: true,
  received: { code: 1012, reason: '' },
};

/** An attempt that nobody answered. */
const REFUSED: Closure = {
  ...LOST,
  error: new HandshakeError('CONNECT', { message: 'refused', phase: 'tcp' }),
};

/** The simulation opens no connection. */
const STORM_PLATFORM: Platform = {
  makeTransport: () => () => {
    throw new Error('The simulation opens no connection.');
  },
  checkUrl: () => {},
  checkOptions: () => {},
};

/**
 * The policy of `createClient` as it stands: its own resolved options, and `decideNext`, which a connection asks after every
 * end. Only the count of failures is kept here; connections.test.ts holds it against real connections.
 */
function holdlineAfter(loss: Closure, name: string, source: string): StormPolicy {
  let chance = Math.random;
  const { connection } = resolveOptions(
    { url: 'ws://storm.invalid', random: { uniform: () => chance(), fill: () => {} } },
    STORM_PLATFORM,
    raw(),
  );
  const history = new AttemptHistory();
  return {
    name,
    source,
    delay(retry, uniform) {
      chance = uniform;
      history.attempts = retry - 1;
      history.failures = retry - 1;
      const decision = decideNext({ closure: retry === 1 ? loss : REFUSED }, connection, history);
      return decision.action === 'retry' ? decision.delay : Number.POSITIVE_INFINITY;
    },
    timeout: (retry) => connectTimeout(retry, connection.times),
  };
}

/** After a connection that broke. */
export const holdline: StormPolicy = holdlineAfter(
  LOST,
  '**holdline**',
  'src/connection: U(0, 5 s), then full jitter 2 s x2, cap 30 s; connect timeout 10 s x1.5 to 60 s',
);

/** After a Close 1012: the server has said that it restarts. */
export const holdlineTold: StormPolicy = holdlineAfter(
  RESTARTS,
  '**holdline**, told by Close 1012',
  'src/connection: U(5 s, 30 s) first, then as above',
);
