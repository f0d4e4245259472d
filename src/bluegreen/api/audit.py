"""The audit trail: a line for every write and every refused login, and the operation that reads them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from bluegreen.access.access import Access
from bluegreen.access.secret import without_secrets
from bluegreen.api.access import LOCAL, OPEN, RIGHT, needs
from bluegreen.api.login import TRIED, Known, address_of
from bluegreen.core.access import Principal, Right
from bluegreen.core.audit import Attempt, Recorded
from bluegreen.core.output import printable

router = APIRouter(tags=["access"])

READS = frozenset({"GET", "HEAD", "OPTIONS"})
AUDITED = "x-bluegreen-audited"
"""In `openapi_extra` of an operation that is open to all: whether it is written down all the same (a login)."""
_LONGEST = 300
_MAY_QUOTE = frozenset({400, 413, 422})
"""Answers whose words may repeat what was sent: only that it was wrong is written down."""
_NOTED = "noted"
LAST = 2**53

App = Any
Scope = Any


class Audited:
    """An application whose every write is written down, beside the answer."""

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(self._access, scope, send)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            answer.record()


class _Answer:
    """Notices how a request was answered, and writes that down before the caller can know it."""

    def __init__(self, access: Access, scope: Scope, send: Any) -> None:
        self._access = access
        self._scope = scope
        self._send = send
        self._status = 0
        self._explained = False
        self._recorded = False

    async def send(self, message: Any) -> None:
        if self._recorded:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            kinds = [value for name, value in message.get("headers", []) if name == b"content-type"]
            self._explained = self._status >= 400 and kinds == [b"application/problem+json"]
        if self._explained and message["type"] == "http.response.body":
            self.record(_what(message.get("body", b"")))
        elif not self._explained:
            self.record()
        await self._send(message)

    def record(self, why: str = "") -> None:
        if self._recorded:
            return
        self._recorded = True
        scope = self._scope
        refused_login = self._status in (401, 429) and scope.get(TRIED, False)
        if not refused_login and (scope["method"] in READS or not _is_audited(scope)):
            return
        self._access.trail.record(_attempt(scope, self._status, why, self._access.clock()))


def _is_audited(scope: Scope) -> bool:
    """Not what says itself that it is no steering, such as business events; what no operation takes is."""
    extra = getattr(scope.get("route"), "openapi_extra", None) or {}
    return extra.get(RIGHT) != OPEN or bool(extra.get(AUDITED))


def _attempt(scope: Scope, status: int, why: str, now: float) -> Attempt:
    principal: Principal | None = scope.get("state", {}).get("principal")
    route = scope.get("route")
    app = scope.get("path_params", {}).get("app")
    accepted = 200 <= status < 400
    if accepted:
        why = scope.get("state", {}).get(_NOTED, "")
    elif status in _MAY_QUOTE:
        why = "What was sent is not valid."
    elif not why:
        why = f"Answered with {status}." if status else "It was not answered."
    return Attempt(
        at=now,
        who=principal.name if principal else "",
        via=principal.via if principal else "",
        credential=principal.credential if principal else "",
        address="socket" if scope.get(LOCAL) else address_of(scope),
        operation=str(getattr(route, "name", "") or ""),
        method=scope["method"][:20],
        path=_short(scope["path"]),
        app=_short(app) if isinstance(app, str) else None,
        outcome="accepted" if accepted else "refused",
        status=status,
        why=_short(why),
    )


def note(request: Request, what: str) -> None:
    """Say in the trail what the path does not: which token was made, say."""
    setattr(request.state, _NOTED, what)


def _what(body: bytes) -> str:
    try:
        return str(json.loads(body)["what"])
    except (ValueError, KeyError, TypeError):
        return ""


def _short(text: str) -> str:
    return without_secrets(printable(text).replace("\n", " "))[:_LONGEST]


# --- reading


@router.get("/audit", openapi_extra=needs(Right.ADMINISTER, "all"))
async def audit(
    request: Request,
    access: Known,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    app: Annotated[str | None, Query(max_length=100)] = None,
    who: Annotated[str | None, Query(max_length=200)] = None,
    outcome: Literal["accepted", "refused"] | None = None,
) -> dict[str, Any]:
    """Who asked for what, from where, and what became of it; newest first."""
    found = await access.trail.read(app=app, who=who, outcome=outcome, before=before, limit=limit + 1)
    page = found[:limit]
    following = None
    if len(found) > limit:
        kept = {"limit": limit, "app": app, "who": who, "outcome": outcome, "before": page[-1].id}
        following = request.url_for("audit").include_query_params(**{k: v for k, v in kept.items() if v is not None})
    return {
        "audit": [attempt_json(line) for line in page],
        "next": f"{following.path}?{following.query}" if following is not None else None,
    }


def attempt_json(line: Recorded) -> dict[str, Any]:
    """One line of the trail."""
    attempt = line.attempt
    return {
        "id": line.id,
        "at": attempt.at,
        "who": attempt.who or None,
        "via": attempt.via or None,
        "credential": attempt.credential or None,
        "from": attempt.address,
        "operation": attempt.operation or None,
        "method": attempt.method,
        "path": attempt.path,
        "app": attempt.app,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "why": attempt.why,
        "count": line.count,
        "last": line.last,
    }
