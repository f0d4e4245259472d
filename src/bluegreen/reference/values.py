"""What a value of the file may be and what it is without one, in words, from its JSON Schema."""

from __future__ import annotations

from typing import Any

from bluegreen.config import durations

Schema = dict[str, Any]

WORDS = {
    durations.PATTERN: "[duration](#durations)",
    "^[0-9]+(\\.[0-9]+)?x$": "[factor](#factors)",
    "^https?://": "[URL](#urls)",
    "^[a-z][a-z0-9-]{0,39}$": "[name](#names)",
    "^/": "path",
    "^\\$": "JSONPath (RFC 9535)",
    "^[a-z][a-z0-9_.-]{0,63}$": "event",
    "^> ?[0-9]": "such as `> 30`",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?$": "day, or day and time",
}
"""By pattern: what a text of it is called on the page."""
_DAYS = "^([A-Z][a-z]{2}"


SECTIONS = {
    "tls",
    "components",
    "hooks",
    "windows",
    "switch",
    "router",
    "watch",
    "ready",
    "stop",
    "notify",
    "evaluators",
}
"""Keys whose mapping has a heading of its own on the page."""
SPECIAL = {
    "address": "[address](#addresses)",
    "preview": "[address](#addresses)",
    "verify": "[list of checks](#verify)",
    "hosts": "list of host names",
    "guards": "list of guards",
    "signal": "name of a signal",
    "cert": "file",
    "key": "file",
    "env_file": "file in the folder",
    "receives": "path prefix, or list of them",
    "query": "PromQL",
    "time_zone": "name of a time zone",
    "freeze": "list of periods",
    "json": "any JSON",
    "file": "file in the folder",
    "prompt": "file in the folder",
    "model": "text",
    "schema": "file in the folder, or a JSON Schema",
    "exact": "text, or list of texts",
    "similar": "text, or list of texts",
    "number": "number, or `{is: 42, within: 1%}`",
    "score": "comparisons of scores",
    "holdback": "1% to 50%",
    "false_alarm": "0.01% to 20%",
    "methods": "list of methods",
    "without": "list of headers",
}
"""Where the schema knows less than we do."""


def kind(schema: Schema, key: str = "") -> str:
    """The type of a value in a few words."""
    if key in SPECIAL:
        return SPECIAL[key]
    if key in SECTIONS:
        return _plain_or_linked(schema, key)
    if "anyOf" in schema:
        return _either(schema["anyOf"], key)
    if "const" in schema:
        return _written(schema["const"])
    if "enum" in schema:
        return _listed([_written(value) for value in schema["enum"] if value is not False])
    pattern = str(schema.get("pattern", ""))
    if pattern.endswith("%$"):
        return "share"
    if pattern.startswith(_DAYS):
        return "hours"
    return WORDS.get(pattern) or _plain(schema, key)


def _plain_or_linked(schema: Schema, key: str) -> str:
    others = [kind(one) for one in schema.get("anyOf", []) if "enum" in one]
    return _listed([f"[mapping](#{key})", *others])


def _either(alternatives: list[Schema], key: str) -> str:
    kinds = [kind(one, key) for one in alternatives]
    if any(word in kinds for word in ("[duration](#durations)", "[factor](#factors)", "share")):
        return kinds[0] + _least(alternatives[-1])  # the number alone means the same
    return _listed(list(dict.fromkeys(kinds)))


def _least(number: Schema) -> str:
    return f", at least {number['minimum']:g} s" if number.get("type") == "number" and number.get("minimum") else ""


def _plain(schema: Schema, key: str) -> str:
    if "$ref" in schema:
        return "mapping"
    match schema.get("type"):
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return f"{schema['minimum']} to {schema['maximum']}" if "maximum" in schema else "number"
        case "number":
            return "number"
        case "array":
            return f"list of {_many(kind(schema['items'], key))}"
        case "object":
            return "mapping"
        case "string":
            return (
                "command" if key in _COMMANDS else "regular expression" if schema.get("format") == "regex" else "text"
            )
    return "anything"


_COMMANDS = {"run", "build", "command", "before_start", "before_switch", "after_switch", "after_rollback"}


def _many(one: str) -> str:
    return {"mapping": "mappings", "path": "paths", "text": "texts", "share": "shares"}.get(one, one)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _written(value: Any) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def default(schema: Schema, required: bool) -> str:
    """What a value is where the file does not say."""
    if required:
        return "required"
    if "default" not in schema or schema["default"] in ([], {}, None, ""):
        return "–"
    value = schema["default"]
    shown = kind(schema)
    if shown.startswith("[duration]"):
        return f"`{_duration(float(value))}`"
    if shown == "[factor](#factors)":
        return f"`{value:g}x`"
    if shown == "list of shares":
        return "`[" + ", ".join(f"{one}%" for one in value) + "]`"
    if isinstance(value, list):
        return "`[" + ", ".join(map(str, value)) + "]`"
    return _written(value)


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0 and (unit != "d" or seconds > length):
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"
