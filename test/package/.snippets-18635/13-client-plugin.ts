import { type ClientPlugin, createClient } from 'holdline';

/** Tells the server the time zone on every new connection, ahead of queued messages. */
const timeZone: ClientPlugin = (core) => {
  core.on('ready', () => {
    core.sendAhead({ type: 'time-zone', offset: new Date().getTimezoneOffset() });
  });
};

const client = createClient({ url: 'wss://example.com/socket', use: [timeZone] });
await client.close();

export {};
