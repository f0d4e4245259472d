"""A receiver of messages: a real HTTP server that keeps what it gets, and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"a key that only two parties know").decode()
Answer = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verify(self, secret: str = SECRET) -> None:
        """As a receiver of Standard Webhooks does: the signature, and that it is not an old request."""
        timestamp = self.headers["webhook-timestamp"]
        assert abs(time.time() - int(timestamp)) < 300
        content = f"{self.id}.{timestamp}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        sent = [one.split(",", 1) for one in self.headers["webhook-signature"].split(" ")]
        assert any(version == "v1" and hmac.compare_digest(one, expected) for version, one in sent)


class Receiver:
    """Listens on loopback from its making to `close`."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[Got] = []
        self.answer: Callable[[Got], Answer] = lambda got: (200, {})
        """May block: then the request hangs."""
        self.under_way = 0
        """Requests that came and were not answered yet."""
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._take(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        got = Got(request.path, {name.lower(): value for name, value in request.headers.items()}, body)
        with self._lock:
            self.got.append(got)
            self.under_way += 1
        try:
            status, headers = self.answer(got)
        finally:
            with self._lock:
                self.under_way -= 1
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", "0")
        request.end_headers()

    @property
    def kinds(self) -> list[str]:
        """What the CloudEvents that came are about, oldest first."""
        return [got.json["data"]["kind"] for got in self.got]

    def of(self, kind: str) -> list[Got]:
        return [got for got in self.got if got.json["data"]["kind"] == kind]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
