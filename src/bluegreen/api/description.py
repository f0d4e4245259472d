"""What the OpenAPI document says of answers.

The operations give JSON as it is: nothing is validated on the way to an answer, so that a rollback is not held up by
it, and cannot fail because of it. That the answers are as described here is tested on a real engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field, TypeAdapter

from bluegreen.api.access import OPEN, RIGHT
from bluegreen.api.problems import TITLES
from bluegreen.client import answers as a
from bluegreen.config.names import NAME

Json = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    what: str = Field(description="What happened.")
    why: str = Field(description="Why; may be empty.")
    cure: str = Field(description="What to do next; may be empty.")


@dataclass(frozen=True)
class PageOf:
    """A list under a name, and where the next ones are."""

    name: str
    item: Any


@dataclass(frozen=True)
class TextOf:
    """No JSON, but text of these kinds."""

    kinds: tuple[str, ...]


ONE_FIELD: Mapping[str, Json] = {
    "counted": {"type": "integer"},
    "kept": {"type": "integer"},
    "ended": {"type": "boolean"},
}
"""Answers of a single field."""
STREAM = TextOf(("text/event-stream",))
NOTHING = TextOf(())

ANSWERS: Mapping[str, Any] = {
    "controller": a.Controller,
    "stop_controller": a.Stopping,
    "list_apps": PageOf("apps", a.Status),
    "status": a.Status,
    "forecast": a.Forecast,
    "preview": a.Preview,
    "lock": a.Notice,
    "unlock": a.Notice,
    "freeze": a.Notice,
    "unfreeze": a.Notice,
    "down": a.GoingDown,
    "events": PageOf("events", a.Entry),
    "report": "counted",
    "logs": TextOf(("text/plain",)),
    "live": STREAM,
    "figures": a.FiguresSince,
    "deploy": a.Begun,
    "deployments": PageOf("deployments", a.Deployment),
    "deployment": a.Deployment,
    "deployment_receipt": a.Receipt,
    "approve": a.Steered,
    "abort": a.Steered,
    "rollback": a.RolledBack,
    "releases": PageOf("releases", a.Release),
    "release": a.Release,
    "diff": a.ReleaseDiff,
    "models": PageOf("models", a.Model),
    "unload_model": a.Notice,
    "flags": a.FlagSet,
    "edit_flags": a.FlagsEdited,
    "flag_history": PageOf("deployments", a.Deployment),
    "has_artifact": NOTHING,
    "announce": a.Announced,
    "put_artifact": a.Artifact,
    "has_file": NOTHING,
    "put_file": a.KeptContent,
    "put_files": "kept",
    "create_token": a.CreatedToken,
    "list_tokens": PageOf("tokens", a.Token),
    "revoke_token": a.Token,
    "open_session": a.Session,
    "end_session": "ended",
    "make_link": a.LoginLink,
    "me": a.Me,
    "audit": PageOf("audit", a.Attempt),
    "channels": PageOf("channels", a.Channel),
    "test_channel": a.Delivery,
    "deliveries": PageOf("deliveries", a.Delivery),
    "replay_delivery": a.Delivery,
    "metrics": TextOf(("application/openmetrics-text", "text/plain")),
}
"""By the name of the operation's function, which is its operation id: what it answers when all is well."""


def describe(app: FastAPI) -> None:
    """Let ``/v1/openapi.json`` say what every operation answers, well or not, and how callers say who they are."""

    def openapi() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> Json:
    whole = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = whole.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components.setdefault("securitySchemes", {})["token"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "A token (`bluegreen token create`), a session, or the signed token of a CI job.",
    }
    for operations in whole["paths"].values():
        for operation in operations.values():
            _complete(operation, schemas)
    schemas["Problem"] = Problem.model_json_schema()
    return whole


def _complete(operation: Json, schemas: Json) -> None:
    name = operation["operationId"]
    responses = operation["responses"]
    well = {code: _well(found, ANSWERS[name], schemas) for code, found in responses.items() if code.startswith("2")}
    operation["responses"] = {**well, **_problems(name)}
    for parameter in operation.get("parameters", ()):
        _narrow(parameter)
    if operation.get(RIGHT) != OPEN:
        operation["security"] = [{"token": []}]


def _narrow(parameter: Json) -> None:
    """What is left out is left out, not null; and applications have names of a certain form."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])
    if (parameter["name"], parameter["in"]) == ("app", "path"):
        schema["pattern"] = NAME


def _well(response: Json, answer: Any, schemas: Json) -> Json:
    described = {"description": response["description"].replace("Successful Response", "All is well.")}
    if headers := response.get("headers"):
        described["headers"] = headers
    if answer is NOTHING:
        return described
    content = {kind: {"schema": {"type": "string"}} for kind in answer.kinds} if isinstance(answer, TextOf) else {}
    if not content:
        content = {"application/json": {"schema": _schema(answer, schemas)}}
    if isinstance(answer, PageOf) and answer.name == "events":
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {**described, "content": content}


def _schema(answer: Any, schemas: Json) -> Json:
    if isinstance(answer, str):
        return {"type": "object", "required": [answer], "properties": {answer: ONE_FIELD[answer]}}
    if isinstance(answer, PageOf):
        following = {"type": ["string", "null"], "description": "Where the next page is."}
        items = {"type": "array", "items": _schema(answer.item, schemas)}
        return {
            "type": "object",
            "required": [answer.name, "next"],
            "properties": {answer.name: items, "next": following},
        }
    found = TypeAdapter(answer).json_schema(mode="serialization", ref_template=REFERENCE)
    schemas.update(found.pop("$defs", {}))
    schemas[answer.__name__] = found
    return {"$ref": REFERENCE.format(model=answer.__name__)}


def _problems(name: str) -> Json:
    """Every answer of an operation that was not carried out; HEAD requests have no body."""
    body = {"content": {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}}
    content = {} if ANSWERS[name] is NOTHING else body
    return {str(status): {"description": title, **content} for status, title in TITLES.items() if status != 405}
