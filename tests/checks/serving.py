"""A small real server in a thread, with an answer of any kind behind each path."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Respond = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_request(self) -> None:
        with self.server.lock:
            self.server.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        respond = self.server.paths.get(self.path)
        try:
            respond(self) if respond else self.answer(404, b"not here")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    do_GET = do_POST = do_HEAD = handle_request

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, paths: dict[str, Respond]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.paths = paths
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[Any] = []
        """Of requests, where an answer keeps them."""
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.hanging = 0
        """Requests that hang now and whose client is still there."""
        self.ended = threading.Event()
        """Set when the server goes away: answers that hang wait for it."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def serving(**paths: Respond) -> Iterator[Server]:
    """Serve ``/NAME`` for each given answer."""
    server = Server({f"/{name}": respond for name, respond in paths.items()})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        socketserver.TCPServer.server_close(server)


def hang_in_the_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"the beginning")
    handler.server.ended.wait()


def drip(handler: Handler) -> None:
    """One byte after the other, for ever: no single read takes long."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.ended.wait(0.01):
        handler.wfile.write(b".")


def flood(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.ended.is_set():
        handler.wfile.write(b"flood " * 10_000)
    handler.close_connection = True


def cut(handler: Handler) -> None:
    """Half an answer, and the connection is gone."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


def text(body: str, status: int = 200, **headers: str) -> Respond:
    return lambda handler: handler.answer(status, body.encode(), **headers)
