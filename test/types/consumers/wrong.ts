// Must not compile: an address is a string or a URL; a slim client has no method whose plugin it was not given.
import { connect, createSlimClient, jsonRpc, requests } from 'holdline';

export const socket: unknown = connect(42);

const url = 'wss://example.com';
export const sum: unknown = createSlimClient({ url }).request('sum');
export const moved: unknown = createSlimClient({ url, envelope: jsonRpc(), use: [requests()] }).handover();
export const ticks: unknown = createSlimClient({ url, envelope: jsonRpc(), use: [requests()] }).subscribe(
  'ticks',
);
