import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { messagesOf, readRecords } from '../../src/client/records/read.ts';
import { holdline, serve } from './servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdline-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('--record', () => {
  test('writes what happens, whole messages included, to a file of the owner’s; no credential', async () => {
    const file = join(folder, 'session.jsonl');
    writeFileSync(file, 'of a session before', { mode: 0o644 });
    const { url } = await serve((socket, message) => socket.send(`echo ${message} token-in-header`));
    const { code, stdout } = await holdline(
      [`${url}/?key=token-in-query`, '-H', 'Authorization: Bearer token-in-header', '--record', file],
      'hello\n',
    );
    expect([code, stdout]).toEqual([0, 'echo hello token-in-header\n']);
    const text = readFileSync(file, 'utf8');
    const records = readRecords(text);
    expect(records.map(({ type }) => type)).toEqual([
      ...['connect', 'phase', 'phase', 'open', 'frame', 'frame', 'frame', 'frame', 'close'],
    ]);
    expect(messagesOf(records).map(({ data }) => data)).toEqual(['hello', 'echo hello [redacted]']);
    expect(text).not.toMatch(/token-in/);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('a file that cannot be written ends with 2, before anything is sent', async () => {
    const { url, headers } = await serve();
    const { code, stderr } = await holdline(
      [url, '--record', join(folder, 'no', 'such', 'folder')],
      'hello\n',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be opened');
    expect(headers).toEqual([]);
  });
});
