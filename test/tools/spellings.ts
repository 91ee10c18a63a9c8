/** The spellings in which a server may repeat what it was sent. */
const base64 = (text: string) => Buffer.from(text).toString('base64');
const everyByte = (text: string, hex: (byte: number) => string) => [...Buffer.from(text)].map(hex).join('');
const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');

/** Every spelling in which servers have been seen to repeat a text. */
export const SPELLINGS: Record<string, (text: string) => string> = {
  raw: (text) => text,
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase()),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'percent-encoded to the last letter': (text) => everyByte(text, (byte) => `%${hexOf(byte)}`),
  'as a form': (text) => new URLSearchParams({ a: text }).toString().slice(2),
  base64,
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 behind one byte': (text) => base64(`u${text}`),
  'base64 as Basic has it': (text) => base64(`user:${text}`),
  'base64 of something longer': (text) => base64(`to=${text}&z=`),
  'base64, percent-encoded': (text) => encodeURIComponent(base64(text)),
  hexadecimal: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'as JSON': (text) => JSON.stringify(text),
  'as JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'as JSON to the last letter': (text) => everyByte(text, (byte) => `\\u00${hexOf(byte)}`),
  'as PHP writes JSON': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'as HTML': (text) => text.replace(/["&'<>]/g, (one) => `&#${one.charCodeAt(0)};`),
  'as HTML with names': (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  'in lower case': (text) => text.toLowerCase(),
  'in groups': (text) => text.replace(/.{4}/g, '$&-'),
  'cut off': (text) => text.slice(0, 18),
};
