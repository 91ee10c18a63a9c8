/** Credentials that travel in the handshake. None of it is ever shown in an error, a log or a trace. */
export interface HandshakeCredentials {
  /** Header fields to add. A browser cannot send any. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Parameters to add to the query of the URL. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer behind those of the options. */
  readonly protocols?: readonly string[] | undefined;
}

/** Which attempt is being prepared. */
export interface AttemptInfo {
  /** Which attempt in a row this is: 1 for the first. */
  readonly attempt: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}
