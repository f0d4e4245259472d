"""A loopback port that leads to a unix socket, for programs that speak TCP only."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def bridged(path: Path) -> Iterator[str]:
    """Its ``host:port``, inside of the block."""

    class Bridge(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as there, contextlib.suppress(OSError):
                there.connect(str(path))
                other = {there: self.request, self.request: there}
                while True:
                    for readable in select.select(list(other), [], [])[0]:
                        data = readable.recv(1 << 16)
                        if not data:
                            return
                        other[readable].sendall(data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Bridge) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
