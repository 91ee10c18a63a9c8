# A JSON-RPC server of the Python library `websockets`, as it is out of the box: it pings every 20 s. Prints its port.
import asyncio
import json

import websockets


async def serve(ws, *_):
    async for message in ws:
        asked = json.loads(message)
        await ws.send(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": asked["params"]}))


async def main():
    server = await websockets.serve(serve, "127.0.0.1", 0)
    print("port %d" % server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
