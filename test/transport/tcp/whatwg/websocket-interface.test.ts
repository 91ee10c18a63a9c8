import { describe, expect, it } from 'vitest';
import { asInterface } from '../../../../src/transport/tcp/whatwg/websocket-interface.ts';

class Plain {
  get value(): number {
    return 1;
  }
  method(..._args: number[]): void {}
  other(_one: number): void {}
}

const Shaped = asInterface(Plain, {
  name: 'Shaped',
  length: 2,
  constants: { ONE: 1 },
  lengths: { method: 1 },
}) as typeof Plain & { ONE: number };

describe('an interface made of a class', () => {
  it('is the class, with the name and length that it was given', () => {
    expect(Shaped).toBe(Plain);
    expect([Shaped.name, Shaped.length]).toEqual(['Shaped', 2]);
    expect(Object.prototype.toString.call(new Shaped())).toBe('[object Shaped]');
  });

  it('shows its members in for … in, the constructor excepted', () => {
    const seen: string[] = [];
    for (const key in new Shaped()) seen.push(key);
    expect(seen).toEqual(['value', 'method', 'other', 'ONE']);
  });

  it('counts the arguments that a method needs', () => {
    expect([Shaped.prototype.method.length, Shaped.prototype.other.length]).toEqual([1, 1]);
  });

  it('has constants on both sides that nobody can change', () => {
    for (const target of [Shaped, Shaped.prototype]) {
      expect(Object.getOwnPropertyDescriptor(target, 'ONE')).toEqual({
        value: 1,
        enumerable: true,
        writable: false,
        configurable: false,
      });
    }
  });

  it('works without constants and lengths', () => {
    class Bare {}
    expect(asInterface(Bare, { name: 'Named', length: 0 }).name).toBe('Named');
  });
});
