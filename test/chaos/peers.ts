/** Packages of others: those of package.json, and those that only this campaign needs, which it installs for itself. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type OwnPackages, ownPackages } from '../tools/own-packages.ts';

const own: OwnPackages = ownPackages('chaos', {
  'socket.io': '4.8.4',
  'socket.io-client': '4.8.4',
  centrifuge: '5.7.4',
});

/** As a program beside package.json would ask for it: nothing of it is bundled, so graphql is there once. */
export const require: NodeJS.Require = createRequire(join(process.cwd(), 'package.json'));

/** As a program in the campaign's own folder would. */
export const requireOwn: NodeJS.Require = own.require;

/** @throws Error with what npm says, if there is no way to get them */
export const installPeers: OwnPackages['install'] = own.install;

/** The version of a package. */
export const versionOf: OwnPackages['versionOf'] = own.versionOf;
