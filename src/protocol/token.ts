/** Tokens of HTTP (RFC 9110, 5.6.2), of which header names and subprotocols are made. */

// token = 1*tchar
// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether `text` is a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Splits a comma-separated header value into its trimmed, non-empty elements (RFC 9110, 5.6.1). */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}
