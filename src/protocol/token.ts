/** Tokens of HTTP (RFC 9110, 5.6.2), of which header names and subprotocols are made. */

// token = 1*tchar
// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether `text` is a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Removes the spaces and tabs around a header value (OWS of RFC 9110, 5.6.3), in linear time. */
export function trimWhiteSpace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isWhiteSpace(value.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

const SPACE = 0x20;
const TAB = 0x09;

function isWhiteSpace(unit: number): boolean {
  return unit === SPACE || unit === TAB;
}

/** Splits a comma-separated header value into its trimmed, non-empty elements (RFC 9110, 5.6.1). */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map(trimWhiteSpace)
    .filter((element) => element !== '');
}
