"""The requests of a plan, and what a right answer to each of them is."""

from __future__ import annotations

import base64
import hashlib

from bluegreen.cli.load.answer import Answer, Broken
from bluegreen.cli.load.plan import Plan


class Requests:
    """Makes the request of each number and verifies its answer."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._mix = [("GET", path) for path in plan.gets] + [("POST", path) for path in plan.posts]
        if not self._mix:
            raise ValueError("the plan has no request")
        self._heads = [f"{method} {path} HTTP/1.1\r\nhost: {plan.authority}\r\n".encode() for method, path in self._mix]

    def name(self, number: int) -> str:
        """Such as ``GET /api/items``."""
        return " ".join(self._mix[number % len(self._mix)])

    def encode(self, number: int, *, close: bool) -> bytes:
        """The request as bytes; ``close`` asks the server to end the connection after it."""
        turn = number % len(self._mix)
        head = self._heads[turn] + (b"connection: close\r\n" if close else b"")
        if self._mix[turn][0] == "GET":
            return head + b"\r\n"
        body = self._plan.body_of(number)
        return head + b"content-length: %d\r\n\r\n" % len(body) + body

    def verify(self, number: int, answer: Answer) -> None:
        """Raises Broken unless the answer is 2xx, has the body that its digest names and, to a POST, echoes it."""
        if not 200 <= answer.status < 300:
            raise Broken(f"status {answer.status}", repr(answer.body[:200]))
        digest = answer.headers.get(b"content-digest")
        if digest is not None and digest.startswith(b"sha-256="):
            found = base64.b64encode(hashlib.sha256(answer.body).digest())
            if digest != b"sha-256=:" + found + b":":
                raise Broken("wrong body", f"Content-Digest is {digest.decode('latin-1')}, the body's {found.decode()}")
        if self._mix[number % len(self._mix)][0] == "POST" and answer.body != self._plan.body_of(number):
            raise Broken("wrong body", f"not the one that was sent: {answer.body[:60]!r} ({len(answer.body)} bytes)")
