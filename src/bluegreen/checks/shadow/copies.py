"""A copy of a user's request, made fit to be sent again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]

HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect")
)
CACHED = frozenset(("if-none-match", "if-modified-since"))
"""With these an answer may be no more than that nothing has changed: whole answers are compared."""
MARK = "x-bluegreen-shadow"
"""Tells an application that this is a copy: nothing that it does for it need count."""


@dataclass(frozen=True)
class Copy:
    """One request as it will be asked, of each environment alike."""

    method: str
    target: str
    headers: Headers
    """Names in lower case; all that need be sent but the body's length."""
    body: bytes = b""

    @property
    def shown(self) -> str:
        """The request for people, without the values of its query: those may be anything."""
        parts = urlsplit(self.target)
        names = [field.partition("=")[0] for field in parts.query.split("&")] if parts.query else []
        query = "?" + "&".join(f"{name}=…" for name in names) if names else ""
        return f"{self.method} {parts.path}{query}"


def copied_headers(headers: Iterable[tuple[str, str]], removed: Iterable[str]) -> Headers:
    """The headers of a copy: without those to be ``removed``, and without what the proxy has added to it."""
    without = {*removed, *HOP_BY_HOP, *CACHED, "accept-encoding", "content-length", MARK}
    kept = [
        (name, _forwarded_for(value) if name == "x-forwarded-for" else value)
        for name, value in headers
        if name not in without and not name.startswith("x-envoy-")
    ]
    return (*kept, ("accept-encoding", "identity"), (MARK, "1"))


def _forwarded_for(value: str) -> str:
    """The proxy counts itself among those that a copy came through."""
    return value.rpartition(",")[0] or value
