export const GENERATED: string;
export function generateMasker(): Promise<string>;
