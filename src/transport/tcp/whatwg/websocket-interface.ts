/** What Web IDL asks of an interface and a class does not do by itself. */

/** What the class does not say. */
export interface InterfaceShape {
  /** The name of the interface. */
  readonly name: string;
  /** How many arguments its constructor needs. */
  readonly length: number;
  /** Constants, on the interface and on its instances. */
  readonly constants?: Readonly<Record<string, number>>;
  /** How many arguments a method needs, where that is not what JavaScript counts. */
  readonly lengths?: Readonly<Record<string, number>>;
}

type InterfaceClass = { readonly prototype: object };

/**
 * Makes the interface of Web IDL out of a class: members that `for … in` shows, constants that nobody can change, the
 * name in `Object.prototype.toString`. Returns the class.
 */
export function asInterface<Class extends InterfaceClass>(target: Class, shape: InterfaceShape): Class {
  const { prototype } = target;
  const { name, length, constants = {}, lengths = {} } = shape;
  const members = Object.getOwnPropertyDescriptors(prototype);
  for (const [key, member] of Object.entries(members)) {
    if (key === 'constructor') continue;
    Object.defineProperty(prototype, key, { ...member, enumerable: true });
    const needed = lengths[key];
    if (needed !== undefined) Object.defineProperty(member.value, 'length', { value: needed });
  }
  for (const [key, value] of Object.entries(constants)) {
    const constant = { value, enumerable: true, writable: false, configurable: false };
    Object.defineProperty(target, key, constant);
    Object.defineProperty(prototype, key, constant);
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  Object.defineProperty(target, 'name', { value: name });
  Object.defineProperty(target, 'length', { value: length });
  return target;
}
