import { jsonRpc } from '../messaging/json-rpc.ts';
import { handover } from './handover-part.ts';
import type { ClientOptions } from './options.ts';
import { subscriptions } from './subscription-part.ts';

/** The options with every part that was not given. What is no object is left to those who check it. */
export function withParts(options: ClientOptions): ClientOptions {
  if (typeof options !== 'object' || options === null) return options;
  return {
    ...options,
    envelope: options.envelope ?? jsonRpc(),
    subscriptions: options.subscriptions ?? subscriptions(),
    handover: options.handover ?? handover(),
  };
}
