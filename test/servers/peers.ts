/** Packages that only this campaign needs. */
import { type OwnPackages, ownPackages } from '../tools/own-packages.ts';

export const PEERS: OwnPackages = ownPackages('servers', {
  '@foundry-rs/anvil': '1.7.1',
  '@trpc/server': '11.25.2',
  mqtt: '5.16.0',
  ws: '8.23.0',
  'y-websocket': '2.1.0',
  yjs: '13.6.33',
});
