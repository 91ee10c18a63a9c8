import type { ErrorCode, ErrorDetails, Evidence } from './error-codes.ts';
import { shown } from './shown-text.ts';

/** Facts of the evidence, as a text reads them. */
export type Facts = Readonly<Record<string, unknown>>;

/** A text, or what makes one of the evidence. */
export type Text = string | ((facts: Facts) => string);

/** A text, or one for each `detail`. The one under '' is for an error without a detail. */
export type Texts = Text | Readonly<Partial<Record<string, Text>>>;

/** Texts by code; by detail too, for a code that has several. */
export type TextTable = {
  readonly [Code in ErrorCode]?: Code extends keyof ErrorDetails
    ? { readonly [Detail in ErrorDetails[Code]]?: Text }
    : Text;
};

/** The text of an error whose sentence is left out: its code, its facts, and where they are explained. */
export function plainText(code: ErrorCode, evidence: Evidence): string {
  const { detail, message: _, cause: __, body: ___, ...facts } = evidence;
  // An object or a function says nothing in a text, and the body of an answer may be anything.
  const shownFacts = JSON.stringify(facts, (_, value) =>
    value !== facts && value instanceof Object ? undefined : value,
  );
  const rest = shownFacts === '{}' ? '' : `: ${shown(shownFacts)}`;
  const what = detail === undefined ? code : `${code} (${detail})`;
  return `${what}${rest}. See docs/reference/errors.md#${code.toLowerCase()} of holdline.`;
}
