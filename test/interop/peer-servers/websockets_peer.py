# An echo server of the Python library `websockets`, with the commands of ../cases.ts. Prints its port.
# The library's own default is permessage-deflate with windows of 12 bits both ways; "plain" switches it off.
import asyncio
import sys

import websockets

LAST_CLOSE = "none"


async def ping(ws):
    pong = await ws.ping(b"are you there?")
    await pong
    await ws.send("pong: are you there?")


async def serve(ws, *_):
    global LAST_CLOSE
    try:
        async for message in ws:
            if message == "!last-close":
                await ws.send(LAST_CLOSE)
            elif message == "!fragments":
                await ws.send(["Gr", "üße, ", "", "世界"])
            elif message == "!burst":
                for index in range(200):
                    await ws.send("message %d" % index)
            elif message == "!ping":
                # Its pong is read by this very loop's connection, not by the loop.
                asyncio.ensure_future(ping(ws))
            elif message == "!close":
                await ws.close(4001, "the server’s reason")
            else:
                await ws.send(message)
    finally:
        if ws.close_code == 4002:
            LAST_CLOSE = "%s %s" % (ws.close_code, ws.close_reason)


async def main():
    compression = None if "plain" in sys.argv else "deflate"
    server = await websockets.serve(serve, "127.0.0.1", 0, compression=compression, max_size=None)
    print("port %d" % server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
