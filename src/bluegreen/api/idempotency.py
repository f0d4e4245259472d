"""Writes with an ``Idempotency-Key``: sent twice, done once, answered twice
(draft-ietf-httpapi-idempotency-key-header-07).
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from bluegreen.api.access import SECRET_ANSWER, authorised
from bluegreen.api.problems import Problem
from bluegreen.api.repeats import Repeats
from bluegreen.api.repeats_file import Answer
from bluegreen.core.access import Principal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST_ANSWER = 64_000
"""Bytes of an answer that is kept."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_CLAIMED = "bluegreen.idempotency"
"""Where the scope of a request has its key while it is under way."""
_MAY_BE_TRIED_AGAIN = frozenset({408, 425, 429})

App = Any
Scope = Any


class Replayed(Exception):
    """This was asked for and answered before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def takes_key(method: str, extra: dict[str, Any]) -> bool:
    """Whether an operation heeds the header: every write that is not sent in a stream."""
    return method in WRITES and "requestBody" not in extra


async def once(request: Request, principal: Annotated[Principal | None, Depends(authorised)]) -> None:
    """The dependency of every operation: what was asked for with the same key before is not done again.

    Raises Replayed, with the answer; and Problem (409, 422).
    """
    keys = request.headers.getlist(HEADER)
    if not keys or principal is None or not takes_key(request.method, _extra(request.scope)):
        return
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise Problem(422, f"The {HEADER} cannot be used.", why="It is one text of 1 to 255 printable characters.")
    repeats: Repeats = request.app.state.repeats
    key = _owner(principal), keys[0]
    answer = await repeats.claim(key, await _fingerprint(request))
    if answer is not None:
        raise Replayed(answer)
    request.scope[_CLAIMED] = key
    await repeats.noted(key)


class Idempotent:
    """An application whose answers to requests with a key are kept, as soon as they are known."""

    def __init__(self, app: App, repeats: Repeats) -> None:
        self._app = app
        self._repeats = repeats

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        status, headers, body = 0, [], bytearray()

        async def kept(message: Any) -> None:
            nonlocal status, headers
            if _CLAIMED in scope:
                if message["type"] == "http.response.start":
                    status, headers = message["status"], message.get("headers", [])
                else:
                    body.extend(message.get("body", b"")[: LONGEST_ANSWER + 1])
                    if not message.get("more_body", False):
                        self._repeats.end(scope[_CLAIMED], _answer(scope, status, headers, bytes(body)))
            await send(message)

        try:
            await self._app(scope, receive, kept)
        finally:
            if _CLAIMED in scope:
                self._repeats.end(scope[_CLAIMED], None)


def install(app: FastAPI, repeats: Repeats) -> None:
    """Give an application what `once` needs."""
    app.state.repeats = repeats
    app.add_middleware(Idempotent, repeats=repeats)

    @app.exception_handler(Replayed)
    async def _again(request: Request, replayed: Replayed) -> Response:
        answer = replayed.answer
        if answer.body is None:
            raise _not_kept(answer.status)
        response = Response(answer.body, status_code=answer.status)
        response.raw_headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        response.headers[REPLAYED] = "true"
        return response


def _owner(principal: Principal) -> str:
    """Whose keys they are. The tokens of CI jobs are new each time; the socket's callers name themselves."""
    own = principal.name if principal.via in ("oidc", "socket") else principal.credential
    return f"{principal.via}:{own}"


async def _fingerprint(request: Request) -> bytes:
    scope = request.scope
    digest = hashlib.sha256()
    for part in (request.method.encode(), scope["path"].encode(), scope["query_string"], await request.body()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _answer(scope: Scope, status: int, headers: Any, body: bytes) -> Answer | None:
    """What is kept of an answer; None where the same request may go better when it is tried again."""
    if status >= 500 or status in _MAY_BE_TRIED_AGAIN:
        return None
    secret = status < 400 and any(_extra(scope).get(name) for name in SECRET_ANSWER)
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    kept = tuple(pair for pair in pairs if pair[0] != "content-length")
    return Answer(status, kept, None if secret or len(body) > LONGEST_ANSWER else body)


def _extra(scope: Scope) -> dict[str, Any]:
    return getattr(scope.get("route"), "openapi_extra", None) or {}


def _not_kept(status: int) -> Problem:
    return Problem(
        409,
        f"The request with this Idempotency-Key was carried out, and answered with {status}.",
        why="Its answer is not kept: it holds a secret, or is very large.",
        cure="Look at what it made; if its answer is needed, send a new request with a new key.",
    )
