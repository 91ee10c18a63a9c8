import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import { jsonLines } from '../client/records/lines.ts';
import { recordConnections } from '../client/records/recorder.ts';
import { tcpTransport } from '../transport/tcp/tcp-transport.ts';
import type { TransportFactory } from '../transport/transport.ts';

/** Only who ran the command may read it: it holds what was said. */
const OWNER_ONLY = 0o600;

/** A file of records, open until it is disposed of. */
export interface RecordFile extends Disposable {
  /** A transport that sends these header fields, and is recorded. */
  transport(headers: readonly (readonly [name: string, value: string])[]): TransportFactory;
}

/**
 * Opens a file for records; what was in it is lost.
 *
 * @throws UsageError `INVALID_OPTION` where that cannot be done
 */
export function recordTo(path: string): RecordFile {
  const file = open(path);
  // At once: what ends the process leaves a file that is whole up to there.
  const tell = jsonLines((line) => writeSync(file, line));
  const recorded = recordConnections(systemClock, {
    preview: Number.POSITIVE_INFINITY,
    wants: () => true,
    tell,
  });
  return {
    transport: (headers) => recorded(tcpTransport({ headers })),
    [Symbol.dispose]: () => closeSync(file),
  };
}

function open(path: string): number {
  try {
    const file = openSync(path, 'w', OWNER_ONLY);
    // The mode above is for new files.
    if (fstatSync(file).isFile()) fchmodSync(file, OWNER_ONLY);
    return file;
  } catch (cause) {
    throw new UsageError('INVALID_OPTION', { detail: 'unread-file', file: path, cause });
  }
}
