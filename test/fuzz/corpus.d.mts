export function readCorpus(target: string): Uint8Array[];
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void;
