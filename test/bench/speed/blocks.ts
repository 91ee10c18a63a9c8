/** The files of ready frames that the server sends round and round. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDeflateRaw, constants as zlib } from 'node:zlib';
import { FIN_BINARY, FIN_TEXT, FIN_TEXT_COMPRESSED, frameOf } from './frames.ts';
import { bytesOf, type Payload } from './payload.ts';

/** So long a block is, or one message if that is longer: what the server hands to the system in one call. */
const BLOCK_BYTES = 512 * 1024;
const MAX_MESSAGES = 4_096;

/** How many messages the block of a payload holds. */
export function blockCountOf({ bytes }: Payload): number {
  return Math.max(1, Math.min(MAX_MESSAGES, Math.floor(BLOCK_BYTES / (bytes + 14))));
}

/** Makes the block's file, unless it is there, and tells its name. */
export async function ensureBlock(folder: string, payload: Payload, deflate: boolean): Promise<string> {
  const name = `${payload.kind}-${payload.bytes}${deflate ? '-deflate' : ''}`;
  const path = join(folder, name);
  if (existsSync(path)) return name;
  mkdirSync(folder, { recursive: true });
  const payloads = Array.from({ length: blockCountOf(payload) }, (_, index) => bytesOf(payload, index));
  const bits = payload.kind === 'binary' ? FIN_BINARY : deflate ? FIN_TEXT_COMPRESSED : FIN_TEXT;
  const frames = (deflate ? await compressed(payloads) : payloads).map((bytes) => frameOf(bits, bytes));
  writeFileSync(`${path}.${process.pid}`, Buffer.concat(frames));
  renameSync(`${path}.${process.pid}`, path);
  return name;
}

/**
 * Compressed one after the other with context takeover (RFC 7692, 7.1.1). They can follow each other round and round: a
 * message refers back to those before it in the block only, by distance, and the first refers to none.
 */
async function compressed(payloads: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const deflate = createDeflateRaw({ level: zlib.Z_DEFAULT_COMPRESSION });
  const messages: Uint8Array[] = [];
  for (const payload of payloads) {
    const parts: Buffer[] = [];
    const collect = (part: Buffer): void => {
      parts.push(part);
    };
    deflate.on('data', collect);
    deflate.write(payload);
    await new Promise<void>((resolve) => deflate.flush(zlib.Z_SYNC_FLUSH, resolve));
    deflate.off('data', collect);
    // 7.2.1: the 00 00 ff ff at the end is left off.
    messages.push(Buffer.concat(parts).subarray(0, -4));
  }
  deflate.close();
  return messages;
}
