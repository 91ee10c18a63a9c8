/**
 * Requests by JSON-RPC, `inFlight` at a time. A client without requests of its own sends the same bytes and counts the
 * answers without looking into them: what the other adds to that are JSON, the id and the promise. One that reads and writes
 * JSON, but knows no requests, sends the same values and counts: what the other adds to that is the correlation.
 */
import type { Adapter, Line } from '../clients/adapter.ts';
import type { Job } from '../job.ts';
import type { Program } from './program.ts';

const PARAMS = ['EURUSD', 1.0842, true] as const;

export async function prepareRequest(job: Job, adapter: Adapter): Promise<Program> {
  let took: (message: unknown) => void = () => {};
  const line = await adapter.open(job, {
    text: (message) => took(message),
    binary: () => {},
    value: (message) => took(message),
    closed: () => {
      throw new Error('The connection was closed.');
    },
  });
  if (line.request !== undefined) return { round: (n) => ask(line, n, job.inFlight) };
  return { round: (n) => count(line, n, job.inFlight, (next) => (took = next)) };
}

async function ask(line: Line, n: number, inFlight: number): ReturnType<Program['round']> {
  let left = n;
  let last: unknown;
  const worker = async (): Promise<void> => {
    while (left-- > 0) last = await line.request?.('price', PARAMS);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return () => {
    if (JSON.stringify(last) !== JSON.stringify(PARAMS))
      throw new Error(`Answered with ${JSON.stringify(last)}.`);
    return {};
  };
}

async function count(
  line: Line,
  n: number,
  inFlight: number,
  listen: (took: (message: unknown) => void) => void,
): ReturnType<Program['round']> {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 123_456, method: 'price', params: PARAMS });
  const right = JSON.stringify({ jsonrpc: '2.0', id: 123_456, result: PARAMS });
  const { sendValue } = line;
  const send =
    sendValue === undefined
      ? () => line.send(text)
      : () => sendValue({ jsonrpc: '2.0', id: 123_456, method: 'price', params: PARAMS });
  let sent = 0;
  let received = 0;
  let last: unknown;
  await new Promise<void>((resolve) => {
    listen((message) => {
      last = message;
      if (sent < n) {
        sent++;
        send();
      }
      if (++received === n) resolve();
    });
    for (; sent < Math.min(n, inFlight); sent++) send();
  });
  return () => {
    const said = typeof last === 'string' ? last : JSON.stringify(last);
    if (said !== right) throw new Error(`Answered with ${said}.`);
    return {};
  };
}
