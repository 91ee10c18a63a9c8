/** More different names than this are keys of a table, not fields. */
const MAX_FIELDS = 40;

/** A longer array is no tuple. */
const MAX_TUPLE = 8;

/** What lies deeper is `unknown`. */
const MAX_DEPTH = 20;

/** The type of values that were seen, as TypeScript writes it. No value is in it, only names of fields. */
export function typeOf(values: readonly unknown[], depth = 0): string {
  if (values.length === 0 || depth > MAX_DEPTH) return 'unknown';
  const arrays = values.filter((value): value is unknown[] => Array.isArray(value));
  const objects = values.filter(isObject);
  const plain = values.filter((value) => typeof value !== 'object' || value === null);
  const types = new Set<string>(plain.map((value) => (value === null ? 'null' : typeof value)));
  const parts = [
    ...[...types].filter((type) => type !== 'null' && type !== 'undefined').sort(),
    ...(arrays.length > 0 ? [typeOfArrays(arrays, depth)] : []),
    ...(objects.length > 0 ? [typeOfObjects(objects, depth)] : []),
    ...['null', 'undefined'].filter((type) => types.has(type)),
  ];
  return parts.join(' | ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOfArrays(arrays: readonly (readonly unknown[])[], depth: number): string {
  const [{ length } = []] = arrays;
  const mayBeTuple = length > 0 && length <= MAX_TUPLE && arrays.every((array) => array.length === length);
  // Either each place or all items, never both: nested arrays would take twice as long with each level.
  const places = Array.from({ length: mayBeTuple ? length : 0 }, (_, at) =>
    typeOf(
      arrays.map((array) => array[at]),
      depth + 1,
    ),
  );
  if (new Set(places).size > 1) return `[${places.join(', ')}]`;
  const item = places[0] ?? typeOf(arrays.flat(), depth + 1);
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
}

function typeOfObjects(objects: readonly Readonly<Record<string, unknown>>[], depth: number): string {
  const names = [...new Set(objects.flatMap(Object.keys))];
  if (names.length > MAX_FIELDS) {
    const all = objects.flatMap((one) => Object.values(one));
    return `Record<string, ${typeOf(all, depth + 1)}>`;
  }
  if (names.length === 0) return 'Record<string, never>';
  const fields = names.map((name) => {
    const having = objects.filter((one) => Object.hasOwn(one, name));
    const type = typeOf(
      having.map((one) => one[name]),
      depth + 1,
    );
    return `${keyOf(name)}${having.length < objects.length ? '?' : ''}: ${type}`;
  });
  return `{ ${fields.join('; ')} }`;
}

/** A name as it stands in an object: in quotes unless it is an identifier. */
export function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}

/** A value as it stands in a program. Nothing in it can end the text it stands in. */
export function literal(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
