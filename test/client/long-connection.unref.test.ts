// A library that holds a line in the background must not keep its host program alive.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import type { TransportFactory } from '../../src/transport/transport.ts';
import { setUp } from './set-up.ts';

it.each(['for good', 'and back'])('a client that is unref()ed lets its program end (%s)', async (when) => {
  const words = [
    'test/tools/run-ts.mjs',
    'test/tools/unref-program.ts',
    `${inject('conformanceUrl')}/echo`,
    when,
  ];
  // A program that does not end is killed, and the call rejects.
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 30_000 });
  expect(stdout).toBe('done\n');
});

it('a transport that knows of it is told, now and for every later line', async () => {
  const told: string[] = [];
  const server = createScriptedServer();
  const transport: TransportFactory = (request, sink) => {
    const number = server.connections.length + 1;
    return Object.assign(server.transport(request, sink), {
      ref: () => told.push(`ref ${number}`),
      unref: () => told.push(`unref ${number}`),
    });
  };
  const { client, clock, open } = setUp({ transport });
  await open();
  expect(told).toEqual([]);
  client.unref();
  expect(told).toEqual(['unref 1']);
  server.last.drop();
  await clock.advance(6_000);
  expect(told).toEqual(['unref 1', 'unref 2']);
  client.ref();
  expect(told).toEqual(['unref 1', 'unref 2', 'ref 2']);
  await Promise.all([client.close(), clock.advance(0)]);
});
