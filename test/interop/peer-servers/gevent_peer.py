# An echo server of gevent-websocket, with the commands of ../cases.ts. Prints its port.
import struct

from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.websocket import Header, WebSocket

LAST_CLOSE = "none"


class Peer(WebSocket):
    """What the library drops without a word is kept here: pongs, and the client's Close."""

    __slots__ = ()

    def handle_pong(self, header, payload):
        self.send("pong: " + bytes(payload).decode())

    def handle_close(self, header, payload):
        global LAST_CLOSE
        if bytes(payload[:2]) == struct.pack("!H", 4002):
            LAST_CLOSE = "%d %s" % (int.from_bytes(payload[:2], "big"), bytes(payload[2:]).decode())
        WebSocket.handle_close(self, header, payload)


def fragment(ws, final, opcode, text):
    payload = text.encode()
    ws.raw_write(Header.encode_header(final, opcode, b"", len(payload), 0) + payload)


def application(environ, start_response):
    ws = environ["wsgi.websocket"]
    ws.__class__ = Peer
    while True:
        message = ws.receive()
        if message is None:
            return []
        if message == "!last-close":
            ws.send(LAST_CLOSE)
        elif message == "!fragments":
            # Its own send() never makes fragments.
            fragment(ws, False, WebSocket.OPCODE_TEXT, "Gr")
            fragment(ws, False, WebSocket.OPCODE_CONTINUATION, "üße, ")
            fragment(ws, False, WebSocket.OPCODE_CONTINUATION, "")
            fragment(ws, True, WebSocket.OPCODE_CONTINUATION, "世界")
        elif message == "!burst":
            for index in range(200):
                ws.send("message %d" % index)
        elif message == "!ping":
            ws.send_frame("are you there?", WebSocket.OPCODE_PING)
        elif message == "!close":
            # Its own close() leaves the code out and begins the body with the reason.
            ws.send_frame(struct.pack("!H", 4001) + "the server’s reason".encode(), WebSocket.OPCODE_CLOSE)
            return []
        else:
            ws.send(message)


server = WSGIServer(("127.0.0.1", 0), application, handler_class=WebSocketHandler, log=None)
server.start()
print("port %d" % server.server_port, flush=True)
server.serve_forever()
