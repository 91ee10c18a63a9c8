import type { DeflateOffer } from '../../../protocol/permessage-deflate.ts';

/**
 * How messages are compressed (permessage-deflate, RFC 7692). With `serverMaxWindowBits` or `serverNoContextTakeover` the
 * server is asked for something that it may refuse the connection for.
 *
 * @example
 * ```ts
 * const transport = tcpTransport({ compression: { threshold: 256, level: 6 } });
 * ```
 */
export interface CompressionOptions extends DeflateOffer {
  /**
   * Messages shorter than this are sent as they are: bytes of a binary message, UTF-16 units of a text. Default 1024;
   * Infinity compresses none of ours (the server's may still be).
   */
  readonly threshold?: number | undefined;
  /** How hard zlib works on our messages: 1 (fast) to 9 (small). Default 3. */
  readonly level?: number | undefined;
  /** Memory for compressing: 1 (2 KiB beside the window) to 9 (512 KiB). Default 8: 256 KiB. */
  readonly memLevel?: number | undefined;
}
