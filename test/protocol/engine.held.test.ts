// What a server's end, and a Ping, wait for: messages before them that have not been heard yet.
import { describe, expect, it } from 'vitest';
import { type Harness, openHarness, sent } from '../tools/engine-harness.ts';
import { CLOSE, closeFrame, PING, serverFrame, TEXT } from '../tools/server-frame.ts';

const held = (): Harness => openHarness({ on: { hold: () => true } });
const opcodes = (harness: Harness): number[] => sent(harness).map(([opcode]) => opcode as number);
const bytes = (...frames: Buffer[]): Buffer => Buffer.concat(frames);

describe('an end that is held', () => {
  it.each([
    ['the Close', closeFrame(1000), 'close'],
    ['a fault', serverFrame(3), 'failure'],
    ['half a close code', serverFrame(CLOSE, Buffer.of(3)), 'failure'],
    ['a close code that must not be sent', closeFrame(999), 'failure'],
  ])('%s waits behind the message, which is answered first', (_, frame, told) => {
    const harness = held();
    const { engine } = harness;
    engine.receive(bytes(serverFrame(TEXT, 'a'), frame));
    expect([engine.state, engine.isOpen]).toEqual(['held', true]);
    expect(harness.told).toEqual([['text', 'a']]);
    expect(engine.send('re: a')).toBe(true);
    expect(engine.ping()).toBe(true);
    engine.proceed();
    expect(harness.told.at(-1)?.[0]).toBe(told);
    expect(opcodes(harness)).toEqual([TEXT, PING, CLOSE]);
    expect(engine.state).toBe('closed');
  });

  it('the end of the bytes waits too, and says what ended first', () => {
    const harness = held();
    const { engine } = harness;
    engine.receiveEnd();
    engine.receiveEnd(new Error('later'));
    expect(engine.send('last')).toBe(true);
    engine.proceed();
    expect(harness.failure()).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(harness.failure().cause).toBeUndefined();
    expect(opcodes(harness)).toEqual([TEXT]);
  });

  it('is carried out at once by close(), whose code leaves', () => {
    const harness = held();
    const { engine } = harness;
    engine.receive(closeFrame(1000));
    engine.close(3000);
    expect(engine.sent).toEqual({ code: 3000, reason: '' });
    expect(harness.told).toEqual([['close', { code: 1000, reason: '' }]]);
    expect(opcodes(harness)).toEqual([CLOSE]);
  });

  it('is forgotten by abandon()', () => {
    const harness = held();
    harness.engine.receive(closeFrame(1000));
    harness.engine.abandon();
    harness.engine.proceed();
    expect(harness.told).toEqual([]);
    expect(opcodes(harness)).toEqual([]);
  });

  it('does not wait once this side closes', () => {
    const harness = held();
    harness.engine.close(1000);
    harness.engine.receive(closeFrame(1000));
    expect(harness.engine.state).toBe('closed');
  });
});

describe('a Ping that is held', () => {
  it('stops the reading where it stands, and is answered in its place', () => {
    const harness = held();
    const { engine } = harness;
    const session = bytes(serverFrame(TEXT, 'a'), serverFrame(PING, 'p'), serverFrame(TEXT, 'b'));
    const at = engine.receive(session);
    expect(at).toBe(session.length - 3);
    expect(engine.room).toBeUndefined();
    engine.send('re: a');
    engine.proceed();
    expect(engine.state).toBe('open');
    expect(engine.receive(session, at)).toBe(session.length);
    expect(harness.told.map(([name]) => name)).toEqual(['text', 'ping', 'text']);
    expect(opcodes(harness)).toEqual([TEXT, 10]);
  });

  it('whose frame was cut keeps its payload', () => {
    const harness = held();
    const ping = serverFrame(PING, 'payload');
    const shared = Buffer.from(ping);
    harness.engine.receive(shared, 0, 4);
    harness.engine.receive(shared, 4);
    shared.fill(0);
    harness.engine.proceed();
    expect(harness.told).toEqual([['ping', [...Buffer.from('payload')]]]);
  });
});
