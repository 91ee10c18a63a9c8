/**
 * What JSON would change or leave out without a word: bytes, Maps, Sets, Errors, functions, numbers that are not finite,
 * dates that are none.
 */
import { isBytes } from '../transport/send-data.ts';

/**
 * Where in a value something stands that JSON has no form for, as in `params[0].photo`; empty if it is the value itself,
 * undefined if there is nothing of that kind. A walk beside `JSON.stringify`, as a replacer makes that three times as slow.
 *
 * @param above - the objects around this one, to find a cycle too. Without it there must be none
 */
export function lostInJson(value: unknown, above?: Set<object>): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined': // left out of an object, null in a list: as everybody expects
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : '';
    case 'object':
      return value === null ? undefined : lostInObject(value, above);
    default:
      return '';
  }
}

function lostInObject(value: object, above: Set<object> | undefined): string | undefined {
  if (above?.has(value) === true) return '';
  const isList = Array.isArray(value);
  if (!isList) {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null;
    if (!isPlain && isBytes(value)) return ''; // a Buffer has a toJSON, which makes a list of numbers of it
    const own = value as Partial<Date>;
    // A date that is none would become null.
    if (typeof own.toJSON === 'function') return Number.isNaN(own.valueOf?.()) ? '' : undefined;
    if (!isPlain && !FORMS.includes(Object.prototype.toString.call(value))) return '';
  }
  above?.add(value);
  const found = isList ? lostInList(value, above) : lostInMembers(value as Record<string, unknown>, above);
  above?.delete(value);
  return found;
}

/** Objects that JSON writes whole, as `Object.prototype.toString` calls them: it tells them across realms. */
const FORMS: readonly string[] = /* @__PURE__ */ Object.freeze([
  '[object Object]',
  '[object Arguments]',
  '[object Boolean]',
  '[object Number]',
  '[object String]',
]);

/** `inner` behind the name of what it is in. */
function within(name: string, inner: string): string {
  return inner === '' || inner.startsWith('[') ? `${name}${inner}` : `${name}.${inner}`;
}

function lostInList(list: readonly unknown[], above: Set<object> | undefined): string | undefined {
  for (let at = 0; at < list.length; at++) {
    const one = list[at];
    const found = typeof one === 'string' ? undefined : lostInJson(one, above); // most values are texts
    if (found !== undefined) return within(`[${at}]`, found);
  }
  return undefined;
}

function lostInMembers(members: Record<string, unknown>, above: Set<object> | undefined): string | undefined {
  for (const name in members) {
    const one = members[name];
    const found = typeof one === 'string' ? undefined : lostInJson(one, above);
    if (found !== undefined && Object.hasOwn(members, name)) return within(name, found);
  }
  return undefined;
}
