import { WebSocket } from 'holdline/node';

export class Authorized extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols, { headers: { Authorization: `Bearer ${process.env.TOKEN}` } });
  }
}

export {};
