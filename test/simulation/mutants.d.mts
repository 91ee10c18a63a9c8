export declare const MUTANTS: readonly {
  readonly name: string;
  readonly rule: string;
  readonly what: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[];
}[];
