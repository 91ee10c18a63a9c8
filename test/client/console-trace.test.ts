import { expect, it, vi } from 'vitest';
import { type ConsoleTraceOptions, consoleTrace } from '../../src/client/console-trace.ts';
import type { TracedFrame } from '../../src/protocol/trace.ts';

function printed(frame: Partial<TracedFrame>, options: ConsoleTraceOptions = {}): string {
  const lines: string[] = [];
  const payload = frame.payload ?? new Uint8Array(0);
  const trace = consoleTrace({ write: (line) => lines.push(line), ...options });
  trace({ direction: 'in', opcode: 1, fin: true, length: payload.length, ...frame, payload });
  expect(lines).toHaveLength(1);
  return lines[0] as string;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('prints one line a frame: direction, name, end, length; no payload unless asked', () => {
  expect(printed({ direction: 'out', payload: bytes('secret') })).toBe('-> text fin 6 B');
  expect(printed({ opcode: 2, fin: false })).toBe('<- binary 0 B');
  expect(printed({ opcode: 0 })).toBe('<- continuation fin 0 B');
  expect(printed({ opcode: 9 })).toBe('<- ping fin 0 B');
  expect(printed({ opcode: 11 })).toBe('<- opcode 11 fin 0 B');
});

it('prints payloads when asked, cut at 200', () => {
  const payload = true;
  expect(printed({ payload: bytes('Hi "é"') }, { payload })).toBe('<- text fin 7 B "Hi \\"é\\""');
  expect(printed({}, { payload })).toBe('<- text fin 0 B');
  expect(printed({ payload: bytes('x'.repeat(200)) }, { payload })).toBe(
    `<- text fin 200 B "${'x'.repeat(200)}"`,
  );
  expect(printed({ payload: bytes('x'.repeat(201)) }, { payload })).toBe(
    `<- text fin 201 B "${'x'.repeat(200)}"…`,
  );
});

it('prints the code and the reason of a Close', () => {
  const payload = true;
  expect(printed({ opcode: 8, payload: Uint8Array.of(3, 232, 111, 107) }, { payload })).toBe(
    '<- close fin 4 B 1000 "ok"',
  );
  expect(printed({ opcode: 8 }, { payload })).toBe('<- close fin 0 B');
  expect(printed({ opcode: 8, payload: Uint8Array.of(3) }, { payload })).toBe('<- close fin 1 B 768 ""');
});

it('lets nothing speak to the terminal', () => {
  const line = printed({ payload: bytes('\u001b[2J\u0007\u007f\u009b1m\u202e\u2028') }, { payload: true });
  expect(line).toBe('<- text fin 16 B "\\u001b[2J\\u0007\\u007f\\u009b1m\\u202e\\u2028"');
});

it('prints to the console unless told otherwise', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  consoleTrace()({ direction: 'in', opcode: 10, fin: true, length: 0, payload: new Uint8Array(0) });
  expect(log.mock.calls).toEqual([['<- pong fin 0 B']]);
});

it('prints both lengths of a message that went compressed', () => {
  expect(printed({ payload: bytes('hello, hello'), length: 5, compressed: true })).toBe(
    '<- text fin 5 B for 12',
  );
});
