import { describe, expect, it } from 'vitest';
import {
  compressionSettings,
  createCompression,
  DEFAULT_COMPRESSION,
} from '../../../../src/transport/tcp/deflate/compression.ts';
import type { CompressionOptions } from '../../../../src/transport/tcp/deflate/options.ts';
import { TransportMemory } from '../../../../src/transport/tcp/memory/memory.ts';

describe('the option compression', () => {
  it('is on unless it is false, with what browsers offer', () => {
    expect(compressionSettings(false)).toBeUndefined();
    for (const option of [undefined, true, {}]) {
      expect(compressionSettings(option)).toEqual({ offer: {}, ...DEFAULT_COMPRESSION });
    }
  });

  it('takes each of its parts', () => {
    const offer = { serverMaxWindowBits: 10, clientNoContextTakeover: true };
    expect(compressionSettings({ threshold: 0, level: 9, memLevel: 1, ...offer })).toEqual({
      offer,
      threshold: 0,
      level: 9,
      memLevel: 1,
    });
    expect(compressionSettings({ threshold: Number.POSITIVE_INFINITY })?.threshold).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it.each<[unknown, string]>([
    [{ level: 0 }, 'compression.level must be a whole number from 1 to 9'],
    [{ level: 10 }, 'compression.level must be a whole number from 1 to 9'],
    [{ memLevel: 1.5 }, 'compression.memLevel must be a whole number from 1 to 9'],
    [{ serverMaxWindowBits: 7 }, 'compression.serverMaxWindowBits must be a whole number from 8 to 15'],
    [{ clientMaxWindowBits: 16 }, 'compression.clientMaxWindowBits must be a whole number from 8 to 15'],
  ])('refuses %j', (option, words) => {
    expect(() => compressionSettings(option as CompressionOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(words) }),
    );
  });
});

it('compresses with the window that was agreed on, in memory that connections share', () => {
  const memory = new TransportMemory();
  const settings = { offer: {}, ...DEFAULT_COMPRESSION };
  const one = createCompression(settings, memory, 1_000);
  const other = createCompression(settings, memory, 1_000);
  const deflater = one.createDeflater(9);
  const inflaters = [one.createInflater(9), other.createInflater(9)];
  const payload = deflater.deflate(new Uint8Array(100)).slice(0, -4);
  for (const inflater of inflaters) {
    inflater.write(payload, 0, payload.length, true);
    expect(inflater.read()).toBe(100);
    expect(inflater.output).toBe(memory.inflated);
    inflater.release();
  }
  deflater.release();
});
