/** What envelopes refuse before anything is begun. */
import { checkCall, checkOptions } from '../base/checks.ts';
import type { Called, OptionTable, Rule } from '../base/need.ts';

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

/** Of a secret the text of the error says nothing. */
const SECRET: Rule = {
  expected: 'a string or a function',
  isRight: (value) => typeof value === 'string' || typeof value === 'function',
};

const OBS: OptionTable<ObsOptions> = { password: SECRET, eventSubscriptions: 'whole' };

/** @throws UsageError naming the option that is wrong */
export function checkObs(options: ObsOptions, called: Called): void {
  checkCall(called, () => checkOptions(OBS, options, 'obs'));
}
