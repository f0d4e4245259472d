"""What every request over TCP passes before the API sees it, and what every answer says to browsers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection
from typing import Any

from bluegreen.access.access import Access
from bluegreen.api.access import OPEN, RIGHT, permitted
from bluegreen.api.login import login_in, login_of
from bluegreen.api.problems import Problem, problem

STRANGERS_BODY = 256_000
"""Bytes that may be sent to an operation that asks for no login (a batch of business events), or by who may not."""
LARGEST_BODY = 32 * 1024**2
"""Bytes of any other body that is read as a whole."""
BODY_WITHIN = 30.0
"""Seconds in which each part of a body has to arrive."""
LOOK_EVERY = 1.0
"""Seconds after which a stream ends, at the latest, when the time of its credential has come."""
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_DESCRIPTION = "/v1/openapi.json"
_ODD_PATH = re.compile(rb"%(?:2f|5c|00|2e)|[\x00-\x20\x7f\\]|//|/\.\.?(?:/|$)", re.IGNORECASE)
"""No path of the API has these: whoever sends one wants two readers to understand it differently."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
_NO_STORE = (b"cache-control", b"no-store")

App = Any
Scope = Any


class Guarded:
    """The API as it is served over TCP. ``names``: the hosts that a request may name; None: any.

    A page of another site whose name was made to lead here (DNS rebinding) names that site.
    """

    def __init__(self, app: App, access: Access, names: Collection[str] | None) -> None:
        self._app = app
        self._access = access
        self._names = names

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        exchange = _Exchange(self._access, scope, receive, send)
        refused = self._refused(scope)
        if refused is None and scope["path"] == _DESCRIPTION:  # no operation, so that nothing else asks who calls
            try:
                await login_of(self._access, scope)
            except Problem as error:
                refused = error
        if refused is not None:
            await exchange.refuse(refused)
            return
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except _Ended:
            return

    def _refused(self, scope: Scope) -> Problem | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        close = {"Connection": "close"}
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if self._names is not None and (len(hosts) != 1 or _name(hosts[0]) not in self._names):
            why = "The request names another host than this one."
            return Problem(421, "Nothing is served under that name.", why=why, cure="Use http://127.0.0.1:PORT.")
        lengths = {name for name, _ in headers} & {b"content-length", b"transfer-encoding"}
        if len(lengths) == 2:
            return Problem(400, "The request says twice how long it is.", cure="Send one of the two.", headers=close)
        if _ODD_PATH.search(scope["raw_path"]):
            return Problem(400, "The path is written in a way that none of ours is.", cure="See /v1/openapi.json.")
        return None


class _Ended(Exception):
    """The credential that a stream was opened with has ended, and the stream with it."""


class _Exchange:
    """One request and its answer."""

    def __init__(self, access: Access, scope: Scope, receive: Any, send: Any) -> None:
        self._access = access
        self._scope = scope
        self._receive = receive
        self._send = send
        self._most: int | None = STRANGERS_BODY
        """Bytes that the body may have; None: whoever reads it bounds it."""
        self._taken = 0
        self._begun = False
        self._complete = False
        self._answered = False
        self._ended = -1
        self._look_again = 0.0
        self._closed = False
        """It was answered here, whatever the API still says."""

    async def receive(self) -> Any:
        """The next part of the body, unless it is too much or too late: then the caller seems to be gone."""
        if self._complete or self._closed:
            return {"type": "http.disconnect"} if self._closed else await self._receive()
        try:
            if not self._begun:
                await self._begin()
            async with asyncio.timeout(BODY_WITHIN):
                message = await self._receive()
            if message["type"] == "http.request":
                self._taken += len(message.get("body", b""))
                self._complete = not message.get("more_body", False)
                self._refuse_too_much(self._taken)
        except (TimeoutError, Problem) as error:
            late = Problem(408, "The body did not arrive in time.", cure="Send it again.")
            await self.refuse(error if isinstance(error, Problem) else late)
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Any) -> None:
        """The next part of the answer, as long as who asked may still see it."""
        if self._closed:
            return
        if message["type"] == "http.response.start":
            self._answered = True
            message = {**message, "headers": self._hardened(message.get("headers", []))}
        elif message.get("more_body") and not self._still():
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            raise _Ended
        await self._send(message)

    def _still(self) -> bool:
        """Whether a stream may go on: asked for every message of every follower, looked at when that may change."""
        ended, now = self._access.gate.ended, time.monotonic()
        if ended == self._ended and now < self._look_again:
            return True
        self._ended, self._look_again = ended, now + LOOK_EVERY
        login = login_in(self._scope)
        return login is None or self._access.gate.holds(login)

    async def refuse(self, refused: Problem) -> None:
        """Answer in place of the API. What is still on its way is not read: the connection ends."""
        self._closed = True
        if self._answered:
            return
        headers = {**(refused.headers or {}), "Connection": "close"}
        response = problem(refused.status, refused.what, refused.why, refused.cure, headers)
        hardened = self._hardened(response.raw_headers)
        await self._send({"type": "http.response.start", "status": response.status_code, "headers": hardened})
        await self._send({"type": "http.response.body", "body": response.body})

    def _hardened(self, headers: Any) -> list[tuple[bytes, bytes]]:
        given = {name.lower() for name, _ in headers}
        added = [*HEADERS, *([_OVER_TLS] if self._scope["scheme"] == "https" else [])]
        if self._scope["path"].startswith("/v1/"):
            added.append(_NO_STORE)
        return [*headers, *(header for header in added if header[0] not in given)]

    async def _begin(self) -> None:
        """Before the first part of the body is read: nobody sends one without saying who sends it."""
        self._begun = True
        extra = getattr(self._scope.get("route"), "openapi_extra", None) or {}
        if extra.get(RIGHT, OPEN) != OPEN:
            principal = (await login_of(self._access, self._scope)).principal
            self._scope.setdefault("state", {})["principal"] = principal
            if permitted(principal, self._scope):
                # An operation that describes its body itself reads it itself, in a stream, and bounds it.
                self._most = None if "requestBody" in extra else LARGEST_BODY
        announced = [value for name, value in self._scope["headers"] if name == b"content-length"]
        self._refuse_too_much(int(announced[0]) if announced and announced[0].isdigit() else 0)

    def _refuse_too_much(self, size: int) -> None:
        if self._most is not None and size > self._most:
            raise Problem(413, f"The body is larger than {self._most:,} bytes.", cure="See /v1/openapi.json.")


def _name(host: str) -> str:
    """A host without its port, in lower case."""
    bare = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:]+)(?::[0-9]{1,5})?", host.strip().lower())
    return bare[1] if bare else ""
