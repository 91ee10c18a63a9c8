// What a test has replaced is put back when it ends. vitest does that before each test alone, so that what the last test of
// a file left would stand in the next one of the same worker.
import { afterEach, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
