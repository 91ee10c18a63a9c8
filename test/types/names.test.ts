// Every type in a public signature is a name of the entry that has it: a user's declarations must be able to say what they
// have inferred (TS2742, TS2883, TS4023).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/tree.ts';

/** What the classes and plugins of the inside say of each other, and helpers of types that are worked out: nobody holds one. */
const INSIDE = [
  ...[
    'ConnectionOptions',
    'AttemptHistory',
    'ConnectionObserver',
    'LineHandle',
    'LineEnd',
    'Outbox',
    'Holdings',
  ],
  ...[
    'Requests',
    'Failover',
    'Handover',
    'WatchedLine',
    'WatchTime',
    'Watchdog',
    'Subscriptions',
    'Part',
    'Exchange',
  ],
  ...['Field', 'Stream', 'PlatformEventTarget', 'At', 'Schematic', 'ContractChecks', 'Parcel'],
  ...['Farewell', 'LoginAnswer', 'EnvelopeCore', 'Traffic'],
];

/** What an entry leaves to `holdline`, which a program with it has as well. */
const OF_HOLDLINE = [
  ...['ValidationError', 'NotifyOptions', 'AnyEventOf', 'Plugin', 'ApplicationPing', 'EnvelopeFactory'],
  ...['Closure', 'HandlerInfo', 'MessageOptions', 'ConnectionError', 'HandshakeError', 'ProtocolError'],
  ...[
    'HoldlineError',
    'UsageError',
    'DeliveryError',
    'RequestError',
    'AuthError',
    'MessageError',
    'CloseFrame',
  ],
  ...['ConnectionErrorCode', 'DeliveryErrorCode', 'HandshakeErrorCode', 'ProtocolErrorCode', 'ErrorCode'],
  ...[
    'ConnectionEvidence',
    'HandshakeEvidence',
    'ProtocolEvidence',
    'HandshakePhase',
    'Unsent',
    'ReachedPhase',
  ],
  ...[
    'RandomBytes',
    'Plugin',
    'TransportFactory',
    'RequestKey',
    'TransportFeatures',
    'OpenInfo',
    'FrameTracer',
    'Limits',
    'RandomSource',
    'Clock',
    'BackoffOptions',
    'SlimClient',
    'CreateConnection',
    'Environment',
  ],
  ...[
    'AttemptSecrets',
    'Core',
    'DeliveryOutcome',
    'Diagnosis',
    'StateReason',
    'Status',
    'TraceRecord',
    'Watch',
    'HandlerOf',
    'HandlerParamsOf',
    'HandlerResultOf',
    'NotificationOf',
    'NotificationParamsOf',
    'TimerHandle',
  ],
];

/** What `holdline` leaves to the entries whose matter it is: envelopes and node. */
const OF_OTHERS = [
  ...['PlainMessage', 'ProgressMessage', 'AnswerEnvelope', 'EnvelopeReader'],
  ...['ReplyMessage', 'FailureMessage', 'EventMessage', 'RequestMessage', 'ErrorMessage', 'RemoteError'],
  ...[
    'SubscriptionEnvelope',
    'ConnectionRequest',
    'ByteStream',
    'LookupOptions',
    'LookupAddress',
    'TlsMaterial',
  ],
  ...['TlsKey', 'CheckServerIdentity', 'TlsVersion'],
];

const dist = join(ROOT, 'dist');
const entries = readdirSync(dist).filter((name) => /^[\w.]+\.d\.ts$/.test(name));
const program = ts.createProgram({
  rootNames: entries.map((name) => join(dist, name.replace(/\.ts$/, '.cts'))),
  options: {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    skipLibCheck: true,
  },
});
const checker = program.getTypeChecker();
const targetOf = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** Types of ours that the exported declarations of an entry name, and that it does not export. */
function unnamed(entry: string): string[] {
  const file = program.getSourceFile(join(dist, entry.replace(/\.ts$/, '.cts'))) as ts.SourceFile;
  const module = checker.getSymbolAtLocation(file) as ts.Symbol;
  const exported = new Set(checker.getExportsOfModule(module).map(targetOf));
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : undefined;
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol) {
      const target = targetOf(symbol);
      const [first] = target.declarations ?? [];
      const isType = ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias;
      const isOurs = first?.getSourceFile().fileName.startsWith(dist) === true;
      if (isOurs && target.flags & isType && !exported.has(target)) found.add(target.name);
    }
    ts.forEachChild(node, visit);
  };
  for (const { declarations = [] } of exported) {
    for (const one of declarations) if (one.getSourceFile().fileName.startsWith(dist)) visit(one);
  }
  return [...found];
}

describe('types in public signatures', () => {
  test.each(entries)('%s exports those that a user may hold', (entry) => {
    const allowed = /^index/.test(entry) ? [...INSIDE, ...OF_OTHERS] : [...INSIDE, ...OF_HOLDLINE];
    expect(unnamed(entry).filter((name) => !allowed.includes(name))).toEqual([]);
  });
});
