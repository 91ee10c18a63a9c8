// The engine, over any stream of bytes: with the DOM library alone, or with @types/node alone.
import * as protocol from 'holdline/protocol';

export const engine: unknown = protocol;
