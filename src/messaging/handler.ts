/** What a handler gets beside the params. */
export interface HandlerInfo {
  /** Aborted when the connection that the question came on is gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** What came beside the params: a session, a namespace, headers. Undefined where the protocol has nothing of the kind. */
  readonly meta: unknown;
}

/** Answers one method of the server's. */
export type Handler = (params: unknown, info: HandlerInfo) => unknown;
