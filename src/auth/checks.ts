/** What the ways to log in refuse before anything is begun. */
import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import type { Called, OptionTable, Rule } from '../base/need.ts';
import type { AttemptInfo } from '../connection/connection-options.ts';
import type { SendData } from '../transport/transport.ts';

/** One turn of a login loop. */
export interface LoginTurn {
  /** 1 for the first answer on this line. */
  readonly turn: number;
  /** What the server said to the answer before; undefined in the first turn. */
  readonly reply: string | Uint8Array | undefined;
  /** Aborted when the line ends. Pass it on to whatever asks the user. */
  readonly signal: AbortSignal;
}

/** What to send, or nothing more to try: `window.prompt` returns null for that. */
export type LoginAnswer = string | Uint8Array | null | undefined;

/** How a login loop goes. */
export interface LoginLoopOptions {
  /** What to send next: a name, a password, a token. `undefined` or `null` gives up. Asked again after every refusal. */
  readonly answer: (turn: LoginTurn) => LoginAnswer | Promise<LoginAnswer>;
  /** Whether the server's reply means that we are in. Default: the reply is the text `True`. */
  readonly accepted?: ((reply: string | Uint8Array) => boolean) | undefined;
  /** How long the server may take to reply, in milliseconds. Default 10,000. */
  readonly replyTimeout?: number | undefined;
  /** Most answers on one line before giving up. Default 10. */
  readonly maxTurns?: number | undefined;
}

/** What {@link subprotocolToken} takes. */
export interface SubprotocolTokenOptions extends TokenOptions {
  /**
   * The subprotocols to offer for a token, behind those of the client's `protocols`. Default: `bearer` and the token. Each
   * may hold letters, digits and `!#$%&'*+-.^_|~` only: encode anything else, as base64url for instance.
   */
  readonly protocols?: ((token: string) => readonly string[]) | undefined;
}

/** What {@link queryToken} takes. */
export interface QueryTokenOptions extends TokenOptions {
  /** The name of the parameter. Default `token`. */
  readonly name?: string | undefined;
}

/** What {@link firstMessage} takes. */
export interface FirstMessageOptions extends TokenOptions {
  /** The message for a token. Default: the token itself, as a text. */
  readonly message?: ((token: string) => SendData) | undefined;
  /**
   * What the server's reply means: `true`, we are in; `false`, the token is refused, unless a `true` follows within a second
   * (a banner or a notice came in between); undefined, this is another message, the reply is still to come. What came
   * before the `true` is delivered as ordinary messages. Without it no reply is awaited.
   */
  readonly accepted?: ((reply: string | Uint8Array) => boolean | undefined) | undefined;
  /** How long the server may take to reply, in milliseconds, other messages or not. Default 10,000. */
  readonly replyTimeout?: number | undefined;
}

/**
 * What {@link challenge} takes.
 *
 * @typeParam Question - what the server's question holds: a salt and a challenge, a nonce
 */
export interface ChallengeOptions<Question> {
  /**
   * The password or key, or a function that gives it: asked when the server has put its question, for a server may want no login.
   * It is never sent by itself. What the function throws is an attempt that failed.
   */
  readonly secret: TokenOptions['token'];
  /** Gets another when the server has refused the last one; as {@link TokenOptions.refresh}. Without it a refusal is final. */
  readonly refresh?: TokenOptions['refresh'];
  /** The message that asks for the question, or a function that makes it. Default: the server begins. */
  readonly ask?: SendData | (() => SendData) | undefined;
  /**
   * Reads the question out of a message; `undefined`: it is another message. A server may put several, one after the other.
   *
   * @example `(message) => JSON.parse(String(message)).nonce`
   */
  readonly question: (message: string | Uint8Array) => Question | undefined;
  /**
   * The message that answers it.
   *
   * @example `(nonce, secret) => JSON.stringify({ type: 'proof', proof: hmacSha256(secret, nonce, 'hex') })`
   */
  readonly answer: (question: Question, secret: string) => SendData | PromiseLike<SendData>;
  /**
   * What a reply means that is no question: `true`, we are in, maybe without having been asked; `false`, refused, unless a
   * `true` follows within a second; undefined, another message. What came before the `true` is delivered as ordinary messages.
   * Without it we are in as soon as the first answer was sent.
   */
  readonly accepted?: ((reply: string | Uint8Array) => boolean | undefined) | undefined;
  /** How long the server may take, in milliseconds, without the time that `answer` and `secret` take. Default 10,000. */
  readonly replyTimeout?: number | undefined;
}

/** What {@link tokenRenewal} gives `tell`: ways to speak to the server on the connection in use, ahead of what waits. */
export interface TokenLine {
  /** Sends a message, as `client.send` does. */
  send(message: unknown): void;
  /** Asks the server, as `client.request` does. */
  request(method: string, params?: unknown, options?: { readonly meta?: unknown }): Promise<unknown>;
  /** Tells the server, as `client.notify` does. */
  notify(method: string, params?: unknown, options?: { readonly meta?: unknown }): void;
}

/** How {@link tokenRenewal} goes. */
export interface TokenRenewalOptions {
  /**
   * Tells the server of the new token on the connection in use. A promise that rejects, or a throw, is told as an `error` event,
   * and a new connection takes over. Default: a new connection takes over at once, by `handover()` where the client has that
   * plugin, else by `reconnect()`.
   *
   * @example `tell: (token, line) => line.request('refresh', { token })`
   */
  readonly tell?: ((token: string, line: TokenLine) => unknown) | undefined;
  /**
   * When a token expires, in milliseconds since 1970 UTC; `undefined`: it does not. Default: what a JWT says of itself (`exp`,
   * RFC 7519, 4.1.4).
   */
  readonly expires?: ((token: string) => number | undefined) | undefined;
  /** How long before that it is renewed, in milliseconds; at most half of its life. Default 60,000. */
  readonly ahead?: number | undefined;
}

/** Where a token comes from. No part of holdline ever shows it. */
export interface TokenOptions {
  /**
   * The token, or a function that gives it: asked before every attempt, so that a token that expires is never stale. What
   * the function throws is an attempt that failed. If it gives none, that counts as a refusal.
   */
  readonly token: string | ((info: AttemptInfo) => string | PromiseLike<string>);
  /**
   * Gets a new token when the server has refused the last one. Return it, and it takes the place of `token`; return
   * nothing if `token` is a function that gives the new one from now on. Without it a refusal is final. It may take as long as
   * an attempt ever may (`reconnect.maxConnectTimeout`, 60 s), and is asked again then.
   */
  readonly refresh?:
    | ((info: AttemptInfo) => string | undefined | PromiseLike<string | undefined>)
    | ((info: AttemptInfo) => PromiseLike<void>)
    | undefined;
}

const TOKEN: OptionTable<TokenOptions> = {
  token: {
    expected: 'a string that is not empty, or a function that gives one',
    isRight: (token) => typeof token === 'function' || (typeof token === 'string' && token !== ''),
    isNeeded: true,
  },
  refresh: 'function',
};

// Functions: a bundle would keep a table with a spread in it, used or not.
const firstMessage = (): OptionTable<FirstMessageOptions> => ({
  ...TOKEN,
  message: 'function',
  accepted: 'function',
  replyTimeout: 'number',
});

const queryToken = (): OptionTable<QueryTokenOptions> => ({
  ...TOKEN,
  name: 'string',
});

const subprotocolToken = (): OptionTable<SubprotocolTokenOptions> => ({
  ...TOKEN,
  protocols: 'function',
});

const challenge = (): OptionTable<ChallengeOptions<unknown>> => ({
  secret: TOKEN.token as Rule,
  refresh: 'function',
  ask: {
    expected: 'a message, or a function that makes one',
    isRight: (ask) => typeof ask === 'string' || typeof ask === 'function' || Object(ask) === ask,
  },
  question: 'function!',
  answer: 'function!',
  accepted: 'function',
  replyTimeout: 'number',
});

const LOGIN_LOOP: OptionTable<LoginLoopOptions> = {
  answer: 'function!',
  accepted: 'function',
  replyTimeout: 'number',
  maxTurns: 'count',
};

/** @throws UsageError naming the option that is wrong */
export function checkBearer(options: TokenOptions, called: Called): void {
  checkCall(called, () => checkOptions(TOKEN, options, 'bearer'));
}

/** @throws UsageError naming the option that is wrong */
export function checkFirstMessage(options: FirstMessageOptions, called: Called): void {
  checkCall(called, () => checkOptions(firstMessage(), options, 'firstMessage'));
}

/** @throws UsageError naming the option that is wrong */
export function checkQueryToken(options: QueryTokenOptions, called: Called): void {
  checkCall(called, () => checkOptions(queryToken(), options, 'queryToken'));
}

/** @throws UsageError naming the option that is wrong */
export function checkSubprotocolToken(options: SubprotocolTokenOptions, called: Called): void {
  checkCall(called, () => checkOptions(subprotocolToken(), options, 'subprotocolToken'));
}

/** @throws UsageError naming the option that is wrong */
export function checkChallenge<Question>(options: ChallengeOptions<Question>, called: Called): void {
  checkCall(called, () => checkOptions(challenge(), options as ChallengeOptions<unknown>, 'challenge'));
}

const TOKEN_RENEWAL: OptionTable<TokenRenewalOptions> = {
  tell: 'function',
  expires: 'function',
  ahead: 'number',
};

/** @throws UsageError for what gives no tokens, and naming the option that is wrong */
export function checkTokenRenewal(source: unknown, options: TokenRenewalOptions, called: Called): void {
  checkCall(called, () => {
    const { tokens } = (source ?? {}) as { readonly tokens?: unknown };
    const isRight = (): boolean => typeof source === 'function' || typeof tokens === 'object';
    const expected = 'the auth that the client has, such as bearer({ … }), or a function that gives a token';
    checkArgument({ expected, isRight }, 'source', source, 'tokenRenewal');
    checkOptions(TOKEN_RENEWAL, options, 'tokenRenewal');
  });
}

/** @throws UsageError naming the option that is wrong */
export function checkLoginLoop(options: LoginLoopOptions, called: Called): void {
  checkCall(called, () => checkOptions(LOGIN_LOOP, options, 'loginLoop'));
}

/** @throws UsageError for what is no function */
export function checkLogin(talk: unknown, called: Called): void {
  checkCall(called, () => checkArgument('function', 'login', talk));
}

const DATA: Rule = {
  expected: 'a string or a Uint8Array',
  isRight: (data) => typeof data === 'string' || data instanceof Uint8Array,
};

/** @throws UsageError for what is neither text nor bytes, and for an encoding that there is not */
export function checkDigest(
  data: Readonly<Record<string, unknown>>,
  encoding: unknown,
  called: Called,
): void {
  checkCall(called, () => {
    for (const [name, value] of Object.entries(data)) checkArgument(DATA, name, value, called.name);
    checkArgument(['base64', 'hex'], 'encoding', encoding, called.name);
  });
}
