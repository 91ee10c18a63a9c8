/** One key for what is subscribed to, where the server knows it by that. */
import { lostInJson } from './lost-in-json.ts';

/**
 * The name and the params as one text, the same whatever the order of their members. Undefined where two that differ could
 * not be told apart: then nothing is shared.
 */
export function topicOf(name: string, params: unknown): string | undefined {
  try {
    return lostInJson(params) === undefined ? JSON.stringify([name, params], sorted) : undefined;
  } catch {
    return undefined; // a cycle, a BigInt
  }
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
