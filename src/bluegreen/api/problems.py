"""Errors as problem documents (RFC 9457), with what happened, why, and what to do next."""

from __future__ import annotations

import errno
from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bluegreen.api.methods import methods_at
from bluegreen.core.errors import BluegreenError, InvalidInput, NotFound, PermanentError, Refused, TemporaryError
from bluegreen.engine.event_tokens import NotYours
from bluegreen.journal.base import JournalConflict, JournalFull

log = structlog.get_logger()

STATUS: dict[type[BluegreenError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    NotYours: 403,
    Refused: 409,
    TemporaryError: 503,
    JournalConflict: 503,
    JournalFull: 507,
    PermanentError: 500,
}
TITLES = {
    400: "Cannot be read",
    401: "Who are you",
    403: "Not yours",
    404: "Not found",
    405: "Wrong method",
    408: "Too slow",
    409: "Refused",
    413: "Too large",
    421: "Wrong host",
    422: "Invalid input",
    429: "Too many",
    500: "Failed",
    503: "Try again",
    507: "Disk full",
}


class Problem(BluegreenError):
    """A refusal whose status says something that no error of the engine does."""

    def __init__(
        self, status: int, what: str, *, why: str = "", cure: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(what, why=why, cure=cure)
        self.status = status
        self.headers = headers


def problem(
    status: int, what: str, why: str = "", cure: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": what,
        "what": what,
        "why": why,
        "cure": cure,
    }
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


def _framework_says(request: Request, status: int, headers: Mapping[str, str]) -> tuple[str, str, str]:
    """What, why and cure of an answer that was given before any of our operations was reached."""
    see = "See /v1/openapi.json."
    if status == 404:
        return "There is nothing at this path.", f"{request.method} {request.url.path[:200]} is no operation.", see
    if status == 405:
        allowed = headers.get("Allow", "another method")
        return f"This path does not take {request.method[:20]}.", f"It takes {allowed}.", see
    if status == 400:
        return "The body cannot be read.", "It is no JSON that can be used.", see
    return "The request was refused.", f"The answer to that is {status}.", see


def install(app: FastAPI) -> None:
    """Answer every error of ours, and every request that does not fit the schema, with a problem document."""

    @app.exception_handler(BluegreenError)
    async def _ours(request: Request, error: BluegreenError) -> JSONResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        return problem(status, error.what, error.why, error.cure)

    @app.exception_handler(Problem)
    async def _of_http(request: Request, error: Problem) -> JSONResponse:
        return problem(error.status, error.what, error.why, error.cure, error.headers)

    @app.exception_handler(OSError)
    async def _machine(request: Request, error: OSError) -> JSONResponse:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            cure = "Free some space and do it again; `bluegreen rollback` works all the same."
            return problem(507, "The disk is full: nothing was changed.", str(error), cure)
        return problem(500, "The machine refused.", str(error), "Mend that, then do it again.")

    @app.exception_handler(HTTPException)
    async def _of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405 and (allowed := methods_at(app, request.url.path)):
            headers["Allow"] = allowed
        return problem(error.status_code, *_framework_says(request, error.status_code, headers), headers=headers)

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", method=request.method, path=request.url.path, exc_info=error)
        why = "That was not foreseen; what was asked for before goes on."
        return problem(500, "The controller failed at this request.", why, "Its log tells where: please report it.")

    @app.exception_handler(RequestValidationError)
    async def _schema(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, "The request does not fit.", f"{where}: {first['msg']}", "See /v1/openapi.json.")
