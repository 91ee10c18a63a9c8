import { cookieValues, isPublicField, withWords } from '../secrets.ts';
import type { ConnectionPlan } from './connection-plan.ts';
import type { TlsOptions } from './dialling/options.ts';

/** Marks what of a connection is secret: header fields of the caller's, the proxy's credentials, keys. */
export function markSecrets({ request, handshake, dial }: ConnectionPlan): void {
  const { secrets } = request;
  if (secrets === undefined) return;
  const { proxy, options } = dial;
  secrets.add(fieldSecrets(handshake.headers));
  secrets.add(keysOf(options.tls));
  if (proxy === undefined) return;
  const { username, password, headers, tls } = proxy;
  secrets.add([username, password, Buffer.from(`${username}:${password}`).toString('base64')]);
  secrets.add(fieldSecrets(headers));
  secrets.add(keysOf(tls));
}

function fieldSecrets(fields: readonly (readonly [name: string, value: string])[]): readonly string[] {
  return fields
    .filter(([name]) => !isPublicField(name))
    .flatMap(([name, value]) => {
      if (/^cookie$/i.test(name)) return cookieValues(value);
      const [, basic = ''] = /^basic +(\S+)/i.exec(value) ?? [];
      const [user, ...password] = Buffer.from(basic, 'base64').toString().split(':');
      return [...withWords(value), user as string, password.join(':')];
    });
}

function keysOf(tls: TlsOptions | undefined): unknown {
  return tls && [tls.passphrase, tls.key, tls.pfx];
}
