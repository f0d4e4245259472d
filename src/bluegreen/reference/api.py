"""The operations of the HTTP API and the shapes of what they take and give, from its OpenAPI document."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bluegreen.api.access import ON, OPEN, RIGHT
from bluegreen.api.app import make_app
from bluegreen.daemon import make_engine
from bluegreen.reference.blocks import table
from bluegreen.reference.shapes import described, properties, shape

Json = dict[str, Any]

WHERE = {"app": "on the application", "all": "on all applications", "any": "on any application"}


def document() -> Json:
    """The OpenAPI document of a controller, which needs a home for as long as it is made."""
    with tempfile.TemporaryDirectory(prefix="bg-") as home:
        app = make_app(make_engine(Path(home)), Path(home), lambda everything: None)
        return app.openapi()


def made(_page: str = "") -> dict[str, str]:
    """The list of operations, each of them, and the shapes that they name."""
    whole = document()
    found = list(_operations(whole))
    return {
        "operations": table(("operation", "needs", "what"), [_line(*each) for each in found]),
        "each operation": "\n\n".join(_operation(*each) for each in found),
        "shapes": "\n\n".join(_shape(name, one) for name, one in sorted(_shapes(whole).items())),
    }


def _operations(whole: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _line(name: str, operation: Json) -> tuple[str, str, str]:
    return f"[`{name}`](#{_anchor(name)})", needs(operation), _first(operation)


def _anchor(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


def needs(operation: Json) -> str:
    """The right that an operation asks for, in words."""
    right = operation.get(RIGHT)
    if right == OPEN:
        return "–"
    return f"*{right}* {WHERE[operation[ON]]}" if right else "is refused to everyone"


def _first(operation: Json) -> str:
    text = described(operation).split("\n\n")[0]
    return re.split(r"(?<=[.])\s", " ".join(text.split()), maxsplit=1)[0].rstrip(".") + "." if text else ""


def _operation(name: str, operation: Json) -> str:
    parts = [f"### `{name}`", described(operation), f"Needs: {needs(operation)}."]
    asked = [p for p in operation.get("parameters", []) if p["in"] != "path"]
    rows = [(f"`{p['name']}`", p["in"], shape(p["schema"]), _default(p), p.get("description", "")) for p in asked]
    parts.append(table(("parameter", "in", "type", "default", "meaning"), rows))
    body = operation.get("requestBody", {}).get("content", {})
    if body:
        parts.append("Body: " + ", ".join(_content(kind, one) for kind, one in body.items()) + ".")
    well = {code: one for code, one in operation["responses"].items() if code.startswith("2")}
    parts.append("Answers: " + "; ".join(_answer(code, one) for code, one in well.items()) + ".")
    return "\n\n".join(part for part in parts if part)


def _default(parameter: Json) -> str:
    value = parameter["schema"].get("default")
    return "required" if parameter.get("required") else "–" if value is None else f"`{value}`"


def _answer(code: str, answer: Json) -> str:
    content = ", ".join(_content(kind, one) for kind, one in answer.get("content", {}).items())
    what = answer.get("description", "")
    plain = what in ("", "All is well.")
    return f"`{code}`" + ("" if plain else f" {what.rstrip('.')}") + (f": {content}" if content else "")


def _content(kind: str, one: Json) -> str:
    found = shape(one.get("schema", {}))
    known = found if found not in ("any JSON", "text") else ""
    return known if known and kind in ("application/json", "application/problem+json") else f"`{kind}` {known}".strip()


def _shapes(whole: Json) -> Json:
    found: Json = whole.get("components", {}).get("schemas", {})
    return found


def _shape(name: str, one: Json) -> str:
    rows = [(f"`{key}`", shape(each), without, described(each)) for key, each, without in properties(one)]
    values = "One of " + ", ".join(f"`{value}`" for value in one["enum"]) + "." if "enum" in one else ""
    parts = [f"### {name}", described(one), values, table(("field", "type", "default", "meaning"), rows)]
    return "\n\n".join(part for part in parts if part)
