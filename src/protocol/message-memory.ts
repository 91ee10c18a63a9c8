import type { MessageMemory } from './ports.ts';

/** The plain {@link MessageMemory}: fresh memory for every message. */
export const plainMemory: MessageMemory = /* @__PURE__ */ Object.freeze({
  allocate: (size: number) => new Uint8Array(size),
  borrow: (size: number) => new Uint8Array(size),
  giveBack: () => {},
});
