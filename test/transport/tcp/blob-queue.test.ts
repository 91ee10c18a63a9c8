import { describe, expect, it, vi } from 'vitest';
import { deferred } from '../../../src/base/deferred.ts';
import { BlobQueue } from '../../../src/transport/tcp/blob-queue.ts';

const text = (bytes: unknown) =>
  typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes as Uint8Array);

/** A Blob whose bytes come when the test says so. */
function slowBlob(content: string) {
  const { promise, resolve, reject } = deferred<ArrayBuffer>();
  const blob = Object.assign(new Blob([content]), { arrayBuffer: () => promise });
  return { blob, finish: () => resolve(new TextEncoder().encode(content).buffer), fail: reject };
}

function queue() {
  const sent: string[] = [];
  const onFailure = vi.fn();
  return { queue: new BlobQueue((data) => sent.push(text(data)), onFailure), sent, onFailure };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('blob queue', () => {
  it('keeps the order when an earlier Blob is read later', async () => {
    const { queue: blobs, sent } = queue();
    const first = slowBlob('one');
    const second = slowBlob('two');
    blobs.push(first.blob);
    blobs.push('text');
    blobs.push(second.blob);
    blobs.push(new TextEncoder().encode('bytes'));
    second.finish();
    await settle();
    expect(sent).toEqual([]);
    first.finish();
    await settle();
    expect(sent).toEqual(['one', 'text', 'two', 'bytes']);
    expect(blobs.isWaiting).toBe(false);
  });

  it('runs an action after what stood before it', async () => {
    const { queue: blobs, sent } = queue();
    const { blob, finish } = slowBlob('one');
    blobs.push(blob);
    blobs.pushAction(() => sent.push('action'));
    blobs.push('after');
    finish();
    await settle();
    expect(sent).toEqual(['one', 'action', 'after']);
  });

  it('counts the bytes that wait, in UTF-8', async () => {
    const { queue: blobs } = queue();
    const { blob, finish } = slowBlob('123');
    blobs.push(blob);
    blobs.push('ü');
    blobs.push(new Uint8Array(4));
    expect(blobs.bytes).toBe(9);
    finish();
    await settle();
    expect(blobs.bytes).toBe(0);
  });

  it('sends nothing of what waits when cleared, the Blob being read too, and counts it for ever (#110)', async () => {
    const { queue: blobs, sent } = queue();
    const { blob, finish } = slowBlob('old');
    blobs.push(blob);
    blobs.push('old too');
    blobs.clear();
    expect(blobs.bytes).toBe(10);
    blobs.push('new');
    finish();
    await settle();
    expect(sent).toEqual(['new']);
    expect(blobs.bytes).toBe(10);
  });

  it('tells of a Blob that cannot be read, and sends nothing behind it', async () => {
    const { queue: blobs, sent, onFailure } = queue();
    const { blob, fail } = slowBlob('one');
    const cause = new Error('the file has changed');
    blobs.push(blob);
    blobs.push('behind');
    fail(cause);
    await settle();
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(cause);
    expect(sent).toEqual([]);
    expect(blobs.isWaiting).toBe(false);
  });
});
