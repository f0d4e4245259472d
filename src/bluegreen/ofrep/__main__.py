"""``python -m bluegreen.ofrep FILE``: serve the flags of a file on ``127.0.0.1:$PORT`` until TERM."""

from __future__ import annotations

import gc
import hashlib
import os
import socket
import sys
from pathlib import Path

import uvicorn

from bluegreen.core.errors import BluegreenError
from bluegreen.ofrep.app import Server
from bluegreen.ofrep.evaluation import Evaluation
from bluegreen.ofrep.keeper import keep

BACKLOG = 1024


class _Uvicorn(uvicorn.Server):
    """Ends streams of events when it is told to end: they have no end of their own."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._server = server

    def handle_exit(self, *told: object) -> None:
        self._server.stopping.set()
        super().handle_exit(*told)  # type: ignore[arg-type]


def serve(path: Path, port: int) -> bool:
    """Until it is told to end; False: it broke off. Raises InvalidInput, OSError: the file cannot be served."""
    text = path.read_text(encoding="utf-8")
    server = Server(Evaluation(text), hashlib.sha256(text.encode()).hexdigest()[:16])
    listening = listen(port)
    return keep(lambda: run(server, listening))


def listen(port: int) -> socket.socket:
    """Raises OSError: the port is taken."""
    listening = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    # Connections inherit it. asyncio sees to it only for sockets that it has made by itself; without, the body of an
    # answer waits until its head is acknowledged, which a client puts off for 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def run(server: Server, listening: socket.socket) -> None:
    """Answer on a socket until TERM."""
    config = uvicorn.Config(
        server.app(),
        backlog=BACKLOG,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=3,
        server_header=False,
        date_header=False,
    )
    # What there is now stays: no collection has to look at it again while somebody waits for an answer.
    gc.collect()
    gc.freeze()
    _Uvicorn(config, server).run([listening])


def main() -> int:
    try:
        ended_well = serve(Path(sys.argv[1]), int(os.environ["PORT"]))
    except (BluegreenError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if ended_well else 1


if __name__ == "__main__":
    sys.exit(main())
