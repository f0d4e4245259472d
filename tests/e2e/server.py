"""A component that is ready at once: it answers every GET with its release. Standard library only: its port is the
first argument."""

import asyncio
import os
import sys

NAMES = f"x-release: {os.environ['BLUEGREEN_RELEASE']}\r\nx-color: {os.environ['BLUEGREEN_COLOR']}\r\n"
ANSWER = f"HTTP/1.1 200 OK\r\n{NAMES}content-length: 2\r\n\r\nok".encode()


class Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            _, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.transport.write(ANSWER)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(serve())
