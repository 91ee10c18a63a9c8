/**
 * The client for browsers, workers and React Native: over the platform's WebSocket.
 *
 * @module holdline
 */
export { connect, createClient, createSlimClient } from './client/create-client.browser.ts';
export * from './client/names.ts';
