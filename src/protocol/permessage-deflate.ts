/** Agreeing on permessage-deflate (RFC 7692, 7.1): the offer written, the server's answer judged. */
import { type Detail, type Evidence, UsageError } from '../base/errors.ts';
import { type Extension, parseExtensions } from './extension-list.ts';

const EXTENSION = 'permessage-deflate';
const SERVER_NO_CONTEXT_TAKEOVER = 'server_no_context_takeover';
const CLIENT_NO_CONTEXT_TAKEOVER = 'client_no_context_takeover';
const SERVER_MAX_WINDOW_BITS = 'server_max_window_bits';
const CLIENT_MAX_WINDOW_BITS = 'client_max_window_bits';

/** 7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive" */
const MIN_WINDOW_BITS = 8;
const MAX_WINDOW_BITS = 15;
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/** What a client offers. Without any of these it offers what browsers do. */
export interface DeflateOffer {
  /**
   * Asks the server to compress with a window of at most 2^this bytes, 8 to 15. Default: not asked; some servers
   * refuse the whole handshake when they are.
   */
  readonly serverMaxWindowBits?: number | undefined;
  /** Compress with a window of at most 2^this bytes, 8 to 15. Default 15. The server may ask for less. */
  readonly clientMaxWindowBits?: number | undefined;
  /** Asks the server to begin each message without memory of those before. Default false. */
  readonly serverNoContextTakeover?: boolean | undefined;
  /** Begin each message of ours without memory of those before. Default false; the server may ask for it. */
  readonly clientNoContextTakeover?: boolean | undefined;
}

/** What both sides then do. */
export interface DeflateAgreement {
  /** The server's window is 2^this bytes at most. */
  readonly serverWindowBits: number;
  /** Ours is 2^this bytes at most. */
  readonly clientWindowBits: number;
  /** Whether the server's messages may refer to those before. */
  readonly serverTakeover: boolean;
  /** Whether ours may. */
  readonly clientTakeover: boolean;
}

/** What is wrong with an answer. */
export interface DeflateFault extends Evidence {
  readonly detail: Detail<'HANDSHAKE_EXTENSION'>;
  /** The parameter that is wrong or missing. */
  readonly parameter?: string;
  /** The option by which the server was asked for something that it did not do. */
  readonly ignored?: 'serverNoContextTakeover' | 'serverMaxWindowBits';
}

/**
 * Checks an offer that a caller has put together.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function checkOffer(offer: DeflateOffer): void {
  for (const name of ['serverMaxWindowBits', 'clientMaxWindowBits'] as const) {
    const bits: unknown = offer[name];
    if (bits === undefined) continue;
    const isValid = Number.isInteger(bits) && (bits as number) >= MIN_WINDOW_BITS;
    if (isValid && (bits as number) <= MAX_WINDOW_BITS) continue;
    const option = `compression.${name}`;
    throw new UsageError('INVALID_OPTION', { option, expected: 'a whole number from 8 to 15, or left out' });
  }
}

/** Writes the value of `Sec-WebSocket-Extensions`. */
export function serializeOffer(offer: DeflateOffer): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = offer;
  const parts = [EXTENSION];
  if (offer.serverNoContextTakeover === true) parts.push(SERVER_NO_CONTEXT_TAKEOVER);
  if (offer.clientNoContextTakeover === true) parts.push(CLIENT_NO_CONTEXT_TAKEOVER);
  if (serverMaxWindowBits !== undefined) parts.push(`${SERVER_MAX_WINDOW_BITS}=${serverMaxWindowBits}`);
  // 7.1.2.2: without a value it says that the server may choose any.
  const isLimited = clientMaxWindowBits !== undefined && clientMaxWindowBits < MAX_WINDOW_BITS;
  parts.push(isLimited ? `${CLIENT_MAX_WINDOW_BITS}=${clientMaxWindowBits}` : CLIENT_MAX_WINDOW_BITS);
  return parts.join('; ');
}

/** Judges the server's answer to `offer`: what was agreed on, or what is wrong with the answer. */
export function agreeOnDeflate(answer: string, offer: DeflateOffer): DeflateAgreement | DeflateFault {
  const extensions = parseExtensions(answer);
  if (extensions === undefined) return { detail: 'unreadable' };
  const [extension, ...others] = extensions as [Extension, ...Extension[]];
  const foreign = extensions.find(({ name }) => name !== EXTENSION);
  if (foreign !== undefined) return { detail: 'foreign' };
  if (others.length > 0) return { detail: 'twice' };
  const params = new Map(extension.params);
  if (params.size !== extension.params.length) return { detail: 'repeated-parameter' };
  return faultOf(params, offer) ?? ignoredBy(params, offer) ?? agreement(params, offer);
}

function faultOf(
  params: ReadonlyMap<string, string | undefined>,
  offer: DeflateOffer,
): DeflateFault | undefined {
  for (const [name, value] of params) {
    const isFlag = name === SERVER_NO_CONTEXT_TAKEOVER || name === CLIENT_NO_CONTEXT_TAKEOVER;
    const isBits = name === SERVER_MAX_WINDOW_BITS || name === CLIENT_MAX_WINDOW_BITS;
    if (!isFlag && !isBits) return { detail: 'unknown-parameter' };
    if (isFlag && value !== undefined) return { detail: 'parameter-with-value', parameter: name };
    if (isBits && !WINDOW_BITS.test(value ?? ''))
      return { detail: 'parameter-without-bits', parameter: name };
  }
  // 7.1.2.2: "with a value equal to or smaller than the received value"
  const clientBits = Number(params.get(CLIENT_MAX_WINDOW_BITS) ?? MIN_WINDOW_BITS);
  if (clientBits > (offer.clientMaxWindowBits ?? MAX_WINDOW_BITS))
    return { detail: 'larger-than-offered', parameter: CLIENT_MAX_WINDOW_BITS };
  return undefined;
}

/** 7.1.1.1, 7.1.2.1: a server accepts what is asked of it by saying so; otherwise it must decline the offer. */
function ignoredBy(
  params: ReadonlyMap<string, string | undefined>,
  offer: DeflateOffer,
): DeflateFault | undefined {
  if (offer.serverNoContextTakeover === true && !params.has(SERVER_NO_CONTEXT_TAKEOVER)) {
    const parameter = SERVER_NO_CONTEXT_TAKEOVER;
    return { detail: 'not-granted', parameter, ignored: 'serverNoContextTakeover' };
  }
  const bits = params.get(SERVER_MAX_WINDOW_BITS);
  if (Number(bits ?? MAX_WINDOW_BITS) <= (offer.serverMaxWindowBits ?? MAX_WINDOW_BITS)) return undefined;
  const detail = bits === undefined ? 'not-granted' : 'larger-than-asked';
  return { detail, parameter: SERVER_MAX_WINDOW_BITS, ignored: 'serverMaxWindowBits' };
}

function agreement(params: ReadonlyMap<string, string | undefined>, offer: DeflateOffer): DeflateAgreement {
  return {
    serverWindowBits: Number(params.get(SERVER_MAX_WINDOW_BITS) ?? MAX_WINDOW_BITS),
    clientWindowBits: Number(
      params.get(CLIENT_MAX_WINDOW_BITS) ?? offer.clientMaxWindowBits ?? MAX_WINDOW_BITS,
    ),
    serverTakeover: !params.has(SERVER_NO_CONTEXT_TAKEOVER),
    clientTakeover: !params.has(CLIENT_NO_CONTEXT_TAKEOVER) && offer.clientNoContextTakeover !== true,
  };
}
