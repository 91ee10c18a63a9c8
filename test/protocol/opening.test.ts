import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { OpeningAnswer } from '../../src/protocol/opening.ts';
import { answer, bytesOf, httpAnswer, SAMPLE_ACCEPT, SAMPLE_KEY } from '../tools/engine-harness.ts';

function opening(offered: string[] = [], maxRefusalBytes = 4096): OpeningAnswer {
  return new OpeningAnswer({ key: SAMPLE_KEY, protocols: offered }, { ...DEFAULT_LIMITS, maxRefusalBytes });
}

function receive(into: OpeningAnswer, text: string): number {
  return into.receive(bytesOf(text), 0, text.length);
}

describe('the answer to an opening handshake', () => {
  it('is undecided until its head is complete', () => {
    const reading = opening();
    expect(receive(reading, 'HTTP/1.1 404 Not')).toBe(16);
    expect(reading.accepted).toBeUndefined();
    expect([reading.refused, reading.refusalComplete]).toEqual([false, false]);
    expect(reading.refusalError()).toBeUndefined();
  });

  it('accepts, and leaves the frames behind it alone (#39)', () => {
    const reading = opening(['a']);
    const text = answer('Sec-WebSocket-Protocol: a');
    expect(receive(reading, `${text}\u0081\u0000`)).toBe(text.length);
    expect(reading.accepted).toMatchObject({ protocol: 'a', extensions: '' });
    expect(reading.accepted?.headers.get('sec-websocket-accept')).toBe(SAMPLE_ACCEPT);
    expect(reading.refused).toBe(false);
  });

  it('is checked against what was asked', () => {
    expect(() => receive(opening(['b']), answer('Sec-WebSocket-Protocol: a'))).toThrow(
      expect.objectContaining({ code: 'HANDSHAKE_PROTOCOL' }),
    );
    const other = new OpeningAnswer({ key: 'another key', protocols: [] }, DEFAULT_LIMITS);
    expect(() => receive(other, answer())).toThrow(expect.objectContaining({ code: 'HANDSHAKE_ACCEPT' }));
  });

  it('refuses, and is read on for its body', () => {
    const reading = opening();
    const text = httpAnswer('404 Not Found', ['Content-Length: 6'], 'no');
    expect(receive(reading, text)).toBe(text.length);
    expect([reading.refused, reading.refusalComplete]).toEqual([true, false]);
    expect(reading.refusalError()).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 404, body: 'no' });
    expect(receive(reading, 'thing')).toBe(5);
    expect(reading.refusalComplete).toBe(true);
    expect(reading.refusalError()?.body).toBe('nothin');
  });

  it('keeps no more of the body than it is told', () => {
    const reading = opening([], 3);
    receive(reading, httpAnswer('500 x', [], 'abcdef'));
    expect(reading.refusalComplete).toBe(true);
    expect(reading.refusalError()?.body).toBe('abc');
  });

  it('does not repeat the offered subprotocols in a refusal', () => {
    const reading = opening(['hunter2']);
    receive(reading, httpAnswer('400 x', ['Sec-WebSocket-Protocol: hunter2']));
    expect(reading.refusalError()?.headers?.get('sec-websocket-protocol')).toBe('[redacted]');
  });
});
