/** Tables and diagrams of the documentation, made from the code that they describe. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HandshakeError } from '../../src/base/errors.ts';
import { DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { ENVIRONMENT_RESPONSES } from '../../src/connection/environment.ts';
import { DEFAULT_HANDOVER } from '../../src/connection/handover.ts';
import { DEFAULT_HEARTBEAT } from '../../src/connection/heartbeat.ts';
import { defaultRetryPolicy, NO_PAST, type RetryPast } from '../../src/connection/retry-policy.ts';
import { CONNECTION_STATES, STATE_MESSAGES, STATE_TIMERS, type Status } from '../../src/connection/states.ts';
import { DEFAULT_INBOX } from '../../src/messaging/inbox.ts';
import { DEFAULT_MESSAGE_LIMITS } from '../../src/messaging/message-limits.ts';
import { DEFAULT_OUTBOX } from '../../src/messaging/outbox-options.ts';
import { DEFAULT_SUBSCRIPTION } from '../../src/messaging/subscription.ts';
import { ENGINE_TRANSITIONS } from '../../src/protocol/engine-state.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { DEFAULT_COMPRESSION } from '../../src/transport/tcp/deflate/compression.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS } from '../../src/transport/timeouts.ts';
import { ROOT } from '../architecture/tree.ts';
import { conformanceBlocks } from './conformance.ts';
import { errorBlocks } from './errors.ts';
import { interopBlocks } from './interop.ts';
import { boundRows } from './limits.ts';
import { protocolBlocks } from './protocols.ts';
import { recipeBlocks } from './recipes.ts';

type Transitions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A Mermaid diagram of a table of states. */
export function stateDiagram(transitions: Transitions, initial: string): string {
  const arrows = Object.entries(transitions).flatMap(([from, steps]) => {
    const byTarget = new Map<string, string[]>();
    for (const [step, to] of Object.entries(steps)) byTarget.set(to, [...(byTarget.get(to) ?? []), step]);
    return [...byTarget].map(([to, labels]) => `  ${from} --> ${to}: ${labels.join(', ')}`);
  });
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${initial}`, ...arrows, '```'].join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function connectionFacts(): string {
  const yes = (fact: boolean): string => (fact ? 'yes' : '');
  const rows = Object.entries(CONNECTION_STATES).map(([status, facts]) => [
    `\`${status}\``,
    yes(STATE_MESSAGES[status as Status] === 'sent'),
    yes(STATE_MESSAGES[status as Status] !== 'refused'),
    yes(facts.hasLine),
    yes(facts.terminal),
    STATE_TIMERS[status as Status].join(', '),
    Object.entries(facts.on)
      .map(([step, to]) => `${step} → \`${to}\``)
      .join(', '),
  ]);
  return table(
    [
      'state',
      'messages flow',
      'messages may wait',
      'has a connection',
      'rests',
      'timers that may run',
      'steps',
    ],
    rows,
  );
}

function environmentResponses(): string {
  const statuses = Object.keys(CONNECTION_STATES) as Status[];
  const events = Object.entries(ENVIRONMENT_RESPONSES);
  const active = statuses.filter((status) => events.some(([, row]) => row[status] !== undefined));
  const rows = events.map(([event, row]) => [`\`${event}\``, ...active.map((status) => row[status] ?? '')]);
  return table(['event', ...active.map((status) => `\`${status}\``)], rows);
}

const seconds = (ms: number): string => `${ms / 1000} s`;

/** What the policy decides for a closure, with the range of the delay between the two extremes of chance. */
function decision(
  closure: Parameters<typeof defaultRetryPolicy>[0],
  past: Partial<RetryPast> = {},
): [string, string] {
  const at = (number: number) =>
    defaultRetryPolicy(closure, createScriptedRandom({ numbers: [number] }), { ...NO_PAST, ...past });
  const low = at(0);
  const high = at(1);
  if (low.action === 'renew' || high.action === 'renew') return ['renew once, else stop', 'at once'];
  if (low.action === 'stop' || high.action === 'stop') return ['stop', '—'];
  if (low.delay === undefined || high.delay === undefined) return ['retry', 'backoff'];
  return ['retry', `${seconds(low.delay)} to ${seconds(high.delay)}`];
}

function retryAfterRefusal(): string {
  const cases = [200, 301, 400, 401, 403, 404, 408, 410, 425, 429, 500, 501, 502, 503, 504].map((status) => {
    const error = new HandshakeError('HANDSHAKE_STATUS', { message: '', phase: 'http', status });
    return [`HTTP ${status}`, ...decision({ code: 1006, reason: '', wasClean: false, error })];
  });
  const wait = new HandshakeError('HANDSHAKE_STATUS', {
    message: '',
    phase: 'http',
    status: 503,
    retryAfter: 10_000,
  });
  const hint = decision({ code: 1006, reason: '', wasClean: false, error: wait });
  const later = [400, 403, 404].map((status) => {
    const error = new HandshakeError('HANDSHAKE_STATUS', { message: '', phase: 'http', status });
    const [then, when] = decision({ code: 1006, reason: '', wasClean: false, error }, { wasReady: true });
    return [`after it was ready: HTTP ${status}`, `${then}, for 5 min`, when];
  });
  const error = new HandshakeError('HANDSHAKE_STATUS', { message: '', phase: 'http', status: 403 });
  const forbidden = decision({ code: 1006, reason: '', wasClean: false, error }, { renewal: 'possible' });
  return table(
    ['the handshake was answered by', 'then', 'after'],
    [
      ...cases,
      ['HTTP 503, `Retry-After: 10`', ...hint],
      ...later,
      ['with credentials that can be renewed: HTTP 403', ...forbidden],
    ],
  );
}

function retryAfterClose(): string {
  const rows = [];
  const codes = [1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  for (const code of [
    ...codes,
    3000,
    3499,
    3500,
    3999,
    4000,
    4399,
    4400,
    4401,
    4402,
    4403,
    4408,
    4425,
    4429,
    4499,
    4500,
    4502,
    4503,
    4504,
    4999,
  ]) {
    const closure = { code, reason: '', wasClean: true, received: { code, reason: '' } };
    rows.push([String(code), ...decision(closure)]);
  }
  for (const reason of ['{"reconnect":false}', '{"retryAfter":10000}']) {
    const closure = { code: 1000, reason, wasClean: true, received: { code: 1000, reason } };
    rows.push([`any, with the reason \`${reason}\``, ...decision(closure)]);
  }
  for (const code of [1008, 4003, 4403]) {
    const closure = { code, reason: '', wasClean: true, received: { code, reason: '' } };
    rows.push([
      `with credentials that can be renewed: ${code}`,
      ...decision(closure, { renewal: 'possible' }),
    ]);
  }
  const other = { code: 4409, reason: '', wasClean: true, received: { code: 4409, reason: '' } };
  rows.push(['on a handover: 4409', ...decision(other, { isHandingOver: true })]);
  rows.push(['none (1006)', ...decision({ code: 1006, reason: '', wasClean: false })]);
  return table(['the server closed with', 'then', 'after'], rows);
}

function defaults(prefix: string, values: object): string {
  const rows = Object.entries(values).map(([name, value]) => [`\`${prefix}${name}\``, `\`${value}\``]);
  return table(['option', 'default'], rows);
}

/** What `npm run simulate:mutants -- --write` has written down. */
function simulationMistakes(): string {
  const path = join(ROOT, 'test/simulation/mutants.json');
  const found = JSON.parse(readFileSync(path, 'utf8')) as readonly {
    readonly name: string;
    readonly seed: number;
    readonly rule: string;
  }[];
  const rows = found.map(({ name, seed, rule }) => [
    name.replaceAll('-', ' '),
    rule.replaceAll(' ', ', ') || '-',
    seed === 0 ? '**not noticed**' : String(seed),
  ]);
  return table(['mistake', 'noticed by', 'first seed'], rows);
}

/** Every generated block, by the name in its marker. */
export function generatedBlocks(): ReadonlyMap<string, string> {
  const steps = Object.fromEntries(Object.entries(CONNECTION_STATES).map(([status, { on }]) => [status, on]));
  return new Map([
    ...conformanceBlocks(),
    ...interopBlocks(),
    ...errorBlocks(),
    ...recipeBlocks(),
    ...protocolBlocks(),
    ['limits', table(['what', 'default', 'option', 'beyond it'], boundRows())],
    ['simulation-mistakes', simulationMistakes()],
    ['connection-states', stateDiagram(steps as Transitions, 'idle')],
    ['connection-facts', connectionFacts()],
    ['environment-responses', environmentResponses()],
    ['engine-states', stateDiagram(ENGINE_TRANSITIONS as Transitions, 'opening')],
    ['retry-after-refusal', retryAfterRefusal()],
    ['retry-after-close', retryAfterClose()],
    ['defaults-limits', defaults('limits.', DEFAULT_LIMITS)],
    ['defaults-message-limits', defaults('limits.', DEFAULT_MESSAGE_LIMITS)],
    ['defaults-reconnect', defaults('reconnect.', DEFAULT_BACKOFF)],
    ['defaults-heartbeat', defaults('heartbeat.', DEFAULT_HEARTBEAT)],
    ['defaults-outbox', defaults('outbox.', DEFAULT_OUTBOX)],
    ['defaults-compression', defaults('compression.', DEFAULT_COMPRESSION)],
    ['defaults-subscriptions', defaults('', DEFAULT_SUBSCRIPTION)],
    ['defaults-handover', defaults('', DEFAULT_HANDOVER)],
    ['defaults-inbox', defaults('inbox.', DEFAULT_INBOX)],
    [
      'defaults-timeouts',
      defaults('', {
        handshakeTimeout: DEFAULT_HANDSHAKE_TIMEOUT_MS,
        closeTimeout: DEFAULT_CLOSE_TIMEOUT_MS,
      }),
    ],
  ]);
}
