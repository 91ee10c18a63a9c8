import { HandshakeError } from '../../../../src/base/errors.ts';
import { resolveOptions } from '../../../../src/client/options.ts';
import { connectTimeout } from '../../../../src/connection/backoff.ts';
import type { Closure } from '../../../../src/protocol/closure.ts';
import type { StormPolicy } from '../policy.ts';

/** A line that broke without a word. */
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
  error: new HandshakeError('CONNECT', 'refused', { phase: 'tcp' }),
};

/**
 * The policy of `createClient` as it stands: its own resolved options, its own functions. What is written here is only the
 * order in which a connection asks them; storm.connection.test.ts holds it against real connections.
 */
function holdlineAfter(loss: Closure, name: string, source: string): StormPolicy {
  const { connection } = resolveOptions({ url: 'ws://storm.invalid' }, () => {
    throw new Error('The simulation opens no line.');
  });
  const { reconnect, times } = connection;
  if (reconnect === undefined) throw new Error('By default a client reconnects.');
  return {
    name,
    source,
    delay(retry, uniform) {
      const random = { uniform, fill: () => {} };
      const decision = reconnect.policy(retry === 1 ? loss : REFUSED, random);
      if (decision.action === 'stop') return Number.POSITIVE_INFINITY;
      const hint = decision.action === 'retry' ? decision.delay : undefined;
      return Math.max(hint ?? 0, reconnect.backoff(retry, random));
    },
    timeout: (retry) => connectTimeout(retry, times),
  };
}

/** After a line that broke. */
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
