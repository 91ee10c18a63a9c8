import { inject } from 'vitest';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import { describeTransport } from './describe-transport.ts';

// Node's own WebSocket has faults that no wrapper can cure; those of Bun and Deno are in docs/reference/runtimes.md.
const { bun, deno, node } = process.versions;
const isNode = bun === undefined && deno === undefined;

describeTransport(
  `native, ${process.release.name} ${bun ?? deno ?? node}`,
  nativeTransport(),
  inject('conformanceUrl'),
  {
    ping: false,
    pause: false,
    headers: false,
    evidence: false,
    seesCloseBeforeFin: deno !== undefined,
    keepsLeadingBom: !isNode,
    survivesForeignSubprotocol: !node.startsWith('20.'),
  },
);
