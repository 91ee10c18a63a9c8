/** What envelopes refuse before anything is begun. */
import { checkCall, checkOptions } from '../base/checks.ts';
import type { Called, OptionTable, Rule } from '../base/need.ts';

/** Of a secret the text of the error says nothing. */
const SECRET: Rule = {
  expected: 'a string or a function',
  isRight: (value) => typeof value === 'string' || typeof value === 'function',
};

/** How `obs` logs in. */
export interface ObsOptions {
  /**
   * The password of OBS's settings, or a function that is asked for it on every connection. It is not sent: only a digest that
   * OBS makes too. Default: none, for an OBS that wants none.
   */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /**
   * Which events come: a sum of 1 general, 2 config, 4 scenes, 8 inputs, 16 transitions, 32 filters, 64 outputs, 128 scene
   * items, 256 media, 512 vendors, 1024 UI; and the many of 1 << 16 volume meters, 1 << 17 active state, 1 << 18 show state,
   * 1 << 19 transforms. Default: all but these.
   */
  readonly eventSubscriptions?: number | undefined;
}

/** How `lsp` begins. */
export interface LspOptions {
  /** The params of `initialize`, which is the first request on every connection. Default: it is not asked; do it yourself. */
  readonly initialize?: Readonly<Record<string, unknown>> | undefined;
  /** Called on every connection with what `initialize` has given: what the server is, and what it can do. */
  readonly initialized?: ((result: unknown) => void) | undefined;
}

/** How `mcp` begins. */
export interface McpOptions {
  /** The params of `initialize`, which is the first request on every connection. */
  readonly initialize: {
    /** The version that the client speaks: a date. */
    readonly protocolVersion: string;
    /** What the client can do. */
    readonly capabilities: Readonly<Record<string, unknown>>;
    /** Who the client is. */
    readonly clientInfo: {
      readonly name: string;
      readonly version: string;
      readonly title?: string | undefined;
    };
  };
  /** Called on every connection with what `initialize` has given: what the server is, and what it can do. */
  readonly initialized?: ((result: unknown) => void) | undefined;
}

const LSP: OptionTable<LspOptions> = { initialize: 'object', initialized: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkLsp(options: LspOptions, called: Called): void {
  checkCall(called, () => checkOptions(LSP, options, 'lsp'));
}

const MCP: OptionTable<McpOptions> = { initialize: 'object!', initialized: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkMcp(options: McpOptions, called: Called): void {
  checkCall(called, () => checkOptions(MCP, options, 'mcp'));
}

const OBS: OptionTable<ObsOptions> = { password: SECRET, eventSubscriptions: 'whole' };

/** @throws UsageError naming the option that is wrong */
export function checkObs(options: ObsOptions, called: Called): void {
  checkCall(called, () => checkOptions(OBS, options, 'obs'));
}

/** How `homeAssistant` logs in. */
export interface HomeAssistantOptions {
  /**
   * An access token, short-lived or long-lived, or a function that is asked for one on every connection: whoever has a refresh
   * token gets a fresh one there.
   */
  readonly token: string | (() => string | Promise<string>);
  /**
   * `true`: Home Assistant may put several messages into one, which takes less of both sides where states change often. Default
   * `true`.
   */
  readonly coalesce?: boolean | undefined;
}

const HOME_ASSISTANT: OptionTable<HomeAssistantOptions> = {
  token: { ...SECRET, isNeeded: true },
  coalesce: 'boolean',
};

/** @throws UsageError naming the option that is wrong */
export function checkHomeAssistant(options: HomeAssistantOptions, called: Called): void {
  checkCall(called, () => checkOptions(HOME_ASSISTANT, options, 'homeAssistant'));
}

/** What a message to AppSync is to be allowed to do. */
export interface AppSyncMessage {
  /** The channel that is subscribed to or published on. */
  readonly channel: string;
}

/** How `appSync` proves who it is. */
export interface AppSyncOptions {
  /**
   * The members of an authorization: `host` (that of HTTP: `….appsync-api.….amazonaws.com`) and `x-api-key`, or `Authorization`
   * with a token, or what signs the message by IAM. Asked without an argument for every handshake, and with the channel for every
   * subscription.
   */
  readonly authorize: (
    message?: AppSyncMessage,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

const APP_SYNC: OptionTable<AppSyncOptions> = { authorize: 'function!' };

/** @throws UsageError naming the option that is wrong */
export function checkAppSync(options: AppSyncOptions, called: Called): void {
  checkCall(called, () => checkOptions(APP_SYNC, options, 'appSync'));
}

/** How `stomp` begins. */
export interface StompOptions {
  /**
   * Headers of `CONNECT`: `login`, `passcode`, `host` (default `/`), a token. A function is asked for them on every connection.
   */
  readonly connect?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /**
   * How often we say something at least, and how often we want to hear something, in milliseconds; 0: not at all. What holds
   * is what both sides can do. Default `[10000, 10000]`.
   */
  readonly heartBeat?: readonly [ours: number, theirs: number] | undefined;
}

const STOMP: OptionTable<StompOptions> = {
  connect: {
    expected: 'an object or a function',
    isRight: (value) => Object(value) === value && !Array.isArray(value),
  },
  heartBeat: {
    expected: 'a list of two whole numbers of milliseconds',
    isRight: (value) =>
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((one) => Number.isSafeInteger(one) && one >= 0),
  },
};

/** @throws UsageError naming the option that is wrong */
export function checkStomp(options: StompOptions, called: Called): void {
  checkCall(called, () => checkOptions(STOMP, options, 'stomp'));
}
