/** Whether there is a `window`: in a page, in React Native and in test environments, not where a server renders. */
export const hasWindow: boolean = (globalThis as { window?: unknown }).window !== undefined;
