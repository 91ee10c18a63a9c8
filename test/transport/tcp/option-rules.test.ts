import { expect, it } from 'vitest';
import { WebSocket } from '../../../src/node.ts';
import { type TcpOptions, tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';

const WRONG: [string, object][] = [
  ['tls', { tls: 'x' }],
  ['tls', { tls: null }],
  ['lookup', { lookup: 'x' }],
  ['family', { family: 0 }],
  ['autoSelectFamily', { autoSelectFamily: 1 }],
  ['autoSelectFamilyAttemptTimeout', { autoSelectFamilyAttemptTimeout: 1.5 }],
  ['connectsPerHost', { connectsPerHost: 0 }],
  ['connectsPerHost', { connectsPerHost: '1' }],
  ['createConnection', { createConnection: {} }],
  ['redirects', { redirects: -1 }],
  ['receiveBuffer', { receiveBuffer: 1 }],
  ['compression', { compression: 'yes' }],
  ['compression', { compression: null }],
  ['compression.threshold', { compression: { threshold: -1 } }],
  ['compression.threshold', { compression: { threshold: Number.NaN } }],
  ['compression.level', { compression: { level: 10 } }],
];

it.each(WRONG)('tcpTransport refuses a wrong %s by its name: %j', (option, options) => {
  expect(() => tcpTransport(options as TcpOptions)).toThrow(
    expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', option }),
  );
});

it('so does the WebSocket class', () => {
  for (const [option, options] of WRONG) {
    expect(() => new WebSocket('ws://127.0.0.1:9', [], options)).toThrow(expect.objectContaining({ option }));
  }
});

it.each([
  ['compresion', 'compression'],
  ['compression.treshold', 'compression.threshold'],
  ['Proxy', 'proxy'],
  ['orgiin', 'origin'],
])('an option that there is not is refused, with the one that was meant: %s', (option, meant) => {
  const options = (option.includes('.') ? { compression: { treshold: 1 } } : { [option]: 1 }) as TcpOptions;
  const refusal = expect.objectContaining({ code: 'INVALID_OPTION', detail: 'unknown', option, meant });
  expect(() => tcpTransport(options)).toThrow(refusal);
  expect(() => new WebSocket('ws://127.0.0.1:9', [], options)).toThrow(refusal);
});

it('an option like no other is answered with all that there are', () => {
  expect(() => tcpTransport({ retries: 3 } as TcpOptions)).toThrow('There are: headers, origin, redirects');
});
