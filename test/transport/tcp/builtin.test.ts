import * as net from 'node:net';
import * as zlib from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { builtin } from '../../../src/transport/tcp/builtin.ts';

afterEach(() => vi.unstubAllGlobals());

test('gives the modules of Node', () => {
  expect(builtin('node:net').connect).toBe(net.connect);
  expect(builtin('node:zlib').constants.Z_SYNC_FLUSH).toBe(zlib.constants.Z_SYNC_FLUSH);
});

test('in an old Node, too', () => {
  const { execPath } = process;
  vi.stubGlobal('process', { execPath });
  expect(builtin('node:net').connect).toBe(net.connect);
});
