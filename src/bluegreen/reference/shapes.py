"""JSON Schemas of the API in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def shape(schema: Json) -> str:
    """The type of a value in a few words, with links to the shapes that have a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(shape(one) for one in alternatives))
    if len(schema.get("allOf", [])) == 1:
        return shape(schema["allOf"][0])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    return _plain(schema)


def _plain(schema: Json) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {shape(schema.get('items', {}))}"
        case "object":
            values = schema.get("additionalProperties")
            return f"object of {shape(values)}" if isinstance(values, dict) and values else "object"
        case "integer" | "number" as kind:
            return ("whole number" if kind == "integer" else "number") + _bounds(schema, "minimum", "maximum")
        case "string":
            return "text" + _bounds(schema, "minLength", "maxLength")
        case "boolean":
            return "`true` or `false`"
        case "null":
            return "null"
    return "any JSON"


def _bounds(schema: Json, low: str, high: str) -> str:
    least, most = schema.get(low), schema.get(high)
    if least is not None and most is not None:
        return f", {least:,} to {most:,}"
    if most is not None:
        return f", at most {most:,}"
    return f", at least {least:,}" if least is not None else ""


def described(schema: Json) -> str:
    """Its description, with code as Markdown writes it."""
    return re.sub(r"``([^`]+)``", r"`\1`", schema.get("description", "")).strip()


def properties(schema: Json) -> Iterator[tuple[str, Json, str]]:
    """Each field of an object with what it is without one."""
    for key, one in schema.get("properties", {}).items():
        if key in schema.get("required", []):
            yield key, one, "–"
        else:
            value = one.get("default")
            yield key, one, "null" if value is None else f"`{value}`"
