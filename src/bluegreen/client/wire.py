"""What goes over the wire: requests as values, and answers read into what they mean or raised as what went wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from bluegreen.client.errors import NotAllowed
from bluegreen.core.errors import BluegreenError, InvalidInput, NotFound, PermanentError, Refused, TemporaryError

Json = Mapping[str, Any]
"""A JSON object."""
T = TypeVar("T")

_STATUS: dict[int, type[BluegreenError]] = {
    400: InvalidInput,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Refused,
    413: InvalidInput,
    422: InvalidInput,
    429: TemporaryError,
    502: TemporaryError,
    503: TemporaryError,
    504: TemporaryError,
}


class Ask(NamedTuple, Generic[T]):
    """One request, whose answer is a ``T``."""

    method: str
    path: str
    query: Mapping[str, Any] = {}
    """What is None is left out."""
    body: Any = None
    """JSON; None: no body."""
    pick: str = ""
    """The key of the answer that is wanted; empty: all of it."""

    @property
    def target(self) -> str:
        """Path and query."""
        given = {name: _text(value) for name, value in self.query.items() if value is not None}
        return f"{self.path}?{urlencode(given)}" if given else self.path

    def headers(self) -> dict[str, str]:
        """Of this request. Every write has a key of its own: sent twice with the same one, it is done once."""
        said = {"Content-Type": "application/json"} if self.body is not None else {}
        if self.method not in ("GET", "HEAD"):
            said["Idempotency-Key"] = os.urandom(16).hex()
        return said

    def content(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body).encode()

    def read(self, content: bytes) -> T:
        """The answer. Raises ValueError when it is no JSON, or has not what is wanted."""
        found: Any = json.loads(content) if content else {}
        if self.pick and not (isinstance(found, dict) and self.pick in found):
            raise ValueError(f"the answer has no `{self.pick}`")
        wanted: T = found[self.pick] if self.pick else found
        return wanted


def under(*parts: str | int) -> str:
    """A path below ``/v1``; names cannot leave their place in it."""
    return "/".join(["/v1", *(quote(str(part), safe="") for part in parts)])


def refusal(status: int, reason: str, content: bytes) -> BluegreenError:
    """What a problem document says, as the error that the controller raised."""
    kind = _STATUS.get(status, PermanentError)
    try:
        problem = json.loads(content)
        what = problem.get("what") or problem.get("title")
        return kind(what or str(problem), why=problem.get("why") or "", cure=problem.get("cure") or "")
    except (ValueError, AttributeError):
        return kind(
            f"The controller answered {status} {reason}.",
            why="It gave no reason; it may be of another version than this client.",
            cure="`bluegreen doctor` compares the versions.",
        )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
