import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { holdline, serve, serveHttp } from './servers.ts';

describe('holdline', () => {
  test('--help says how to use it', async () => {
    const { code, stdout, stderr } = await holdline(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^holdline /);
    expect(stdout).toMatch(/--record FILE[\s\S]*is\s+there is replaced\n +--json/);
    for (const option of ['--protocol', '--header', '--wait', '--trace', '--json', '--version']) {
      expect(stdout).toContain(option);
    }
  });

  test('--version says which it is', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await holdline(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    ['no URL', [], 'Give its URL'],
    ['a URL that is none', ['not a url'], 'URL'],
    ['another scheme', ['ftp://127.0.0.1/'], 'ws'],
    [
      'an unknown option',
      ['ws://127.0.0.1/', '--colour'],
      'The option --colour is unknown. There are: --protocol,',
    ],
    ['a short one', ['ws://127.0.0.1/', '-x'], 'The option -x is unknown.'],
    ['a value too few', ['ws://127.0.0.1/', '-H'], 'The option -H must be followed by a value'],
    [
      'an option in its place',
      ['ws://127.0.0.1/', '--record', '--json'],
      'The option --record must be followed',
    ],
    [
      'a value too many',
      ['ws://127.0.0.1/', '--trace=1'],
      'The option --trace must be given without a value.',
    ],
    ['a command that is none', ['connect', 'ws://127.0.0.1/'], 'The one command is infer'],
    ['a header that is none', ['ws://127.0.0.1/', '-H', 'nothing'], 'Name: value'],
    [
      'a file of headers that is not there',
      ['ws://127.0.0.1/', '-H', '@/no/such'],
      'could not be read. (ENOENT',
    ],
    ['a subprotocol that is none', ['ws://127.0.0.1/', '-p', 'a b'], 'Subprotocol'],
  ])('%s: ends with 2, and says what to do', async (_, args, text) => {
    const { code, stdout, stderr } = await holdline(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^holdline: .+\nholdline --help says more.\n$/);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('See the cause');
  });

  test('nobody listens: ends with 1 and one line', async () => {
    const { code, stderr } = await holdline([await serveHttp()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdline: .*refused.*\n$/i);
  });

  test('a server that is no WebSocket server: ends with 1 and its status', async () => {
    const { code, stderr } = await holdline([`${await serveHttp(404)}?token=s3cret`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdline: .*404.*\n$/);
    expect(stderr).not.toContain('s3cret');
  });

  test('a refusal and a Close that repeat a token: neither is printed with it, nor by --trace (attack 32)', async () => {
    const token = 'abcd-EFGH.1234_5678';
    const refusing = createServer().on('upgrade', (request, socket) => {
      const { authorization } = request.headers;
      socket.end(`HTTP/1.1 403 No ${authorization}\r\nX-Seen: ${request.url}\r\nContent-Length: 0\r\n\r\n`);
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.address() as AddressInfo;
    const closing = await serve((socket) => socket.close(4401, `no ${token}`));
    const header = ['-H', `Authorization: Bearer ${token}`];
    const outputs = [
      await holdline([`ws://127.0.0.1:${port}/?ticket=${token}`, ...header]),
      await holdline([closing.url, ...header, '--trace'], 'go\n'),
    ];
    refusing.close();
    expect(outputs[0]?.stderr).toContain('403 No [redacted]');
    expect(outputs[1]?.stderr).toContain('[redacted]');
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain(token);
  });

  test('a line that breaks: ends with 1, after printing what came', async () => {
    const { url } = await serve((socket) => socket.send('last words', () => socket.terminate()));
    const { code, stdout, stderr } = await holdline([url], 'go\n');
    expect([code, stdout]).toEqual([1, 'last words\n']);
    expect(stderr).toMatch(/^holdline: .+\n$/);
    expect(stderr).not.toContain('    at ');
  });

  test('a server that closes with an error code: ends with 1 and the code', async () => {
    const { url } = await serve((socket) => socket.close(1011, 'out of order'));
    const { code, stderr } = await holdline([url], 'go\n');
    expect(code).toBe(1);
    expect(stderr).toContain('1011');
  });
});
