// The same from CommonJS.
import holdline = require('holdline');
import node = require('holdline/node');

export async function script(address: string): Promise<void> {
  const socket = await holdline.connect(address);
  void socket;
  void holdline.createClient({ url: address });
  void node.WebSocket;
}
