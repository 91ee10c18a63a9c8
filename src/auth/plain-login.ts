import type { Plugin } from '../base/plugin.ts';
import type { LoginStarter } from '../connection/connection-options.ts';
import type { LoginLine, LoginOutcome } from './authenticator.ts';
import { login } from './login.ts';

/** What the plugin needs of a client. */
export interface PlainLoginCore {
  /** The connection of the client. */
  readonly connection: { readonly options: { login?: LoginStarter | undefined } };
}

/** The plugin that takes a plain function as `auth.login`. `createClient` has it in Node, where bytes do not count. */
export function plainLogin(): Plugin<PlainLoginCore> {
  return ({ connection: { options } }) => {
    const given: unknown = options.login;
    if (typeof given === 'function') options.login = login(given as (line: LoginLine) => LoginOutcome).login;
  };
}
