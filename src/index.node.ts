/**
 * The client for Node, Bun and Deno: the same names, over raw TCP.
 *
 * @module holdline
 */
export { connect, createClient, createSlimClient } from './client/create-client.node.ts';
export * from './client/names.ts';
