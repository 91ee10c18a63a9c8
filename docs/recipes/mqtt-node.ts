/** MQTT over WebSocket: the line alone. What is on it, and coming back, is the work of mqtt.js. */
import { Duplex } from 'node:stream';
import { type ConnectOptions, connect } from 'holdline';

/**
 * The bytes of one connection, for `new MqttClient(() => mqttStream(url), options)`. Both sides are held up where the other is
 * slow.
 *
 * @param options - how to get there: `headers`, `tls`, `proxy` and so on
 */
export function mqttStream(url: string, options: ConnectOptions = {}): Duplex {
  // Its own keep-alive watches the line.
  const opened = connect(url, { protocols: ['mqtt'], heartbeat: false, ...options });
  const stream: Duplex = new Duplex({
    allowHalfOpen: false,
    read() {
      opened
        .then((socket) => socket.receive())
        .then(
          (message) => stream.push(message),
          () => stream.push(null), // it has ended: the client comes back
        );
    },
    write(chunk: Uint8Array, _encoding, done) {
      opened.then((socket) => (socket.send(chunk) ? undefined : socket.drained())).then(() => done(), done);
    },
    final(done) {
      opened.then((socket) => socket.close()).then(() => done(), done);
    },
    destroy(error, done) {
      opened.then((socket) => socket.close()).catch(() => undefined);
      done(error);
    },
  });
  opened.catch((error: Error) => stream.destroy(error));
  return stream;
}
