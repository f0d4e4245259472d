"""What pydantic found wrong with a document's shape, in the words of somebody who writes the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from bluegreen.config.document import Document, Path, dotted
from bluegreen.config.hints import did_you_mean
from bluegreen.config.models import FileModel
from bluegreen.config.problems import Problem, Wrong

_KEY = "[key]"
"""What pydantic appends to the path when a mapping's key, not its value, is wrong."""


Root = type[BaseModel]


def shape_problems(error: ValidationError, document: Document, root: Root = FileModel) -> Iterator[Problem]:
    """The problems behind a ValidationError of ``root``, at their places; without those of empty values."""
    for found in error.errors(include_url=False):
        path: Path = found["loc"]
        cause = found.get("ctx", {}).get("error")
        if path[-1:] == (_KEY,):
            message, hint = _said(found, cause, root)
            yield document.problem(path[:-1], message, hint, on_key=True)
        elif found["type"] == "extra_forbidden":
            yield _unknown(path, document, root)
        elif found["type"] == "missing":
            yield _missing(path, document, root)
        elif found["input"] is not None:
            message, hint = _said(found, cause, root)
            label = "" if isinstance(cause, Wrong) else f"`{_last(path)}` "
            yield document.problem(path, label + message, hint)


def _last(path: Path) -> str:
    """The end of a path, up to its last name."""
    named = [index for index, part in enumerate(path) if isinstance(part, str)]
    return dotted(path[named[-1] :])


def _said(found: Mapping[str, Any], cause: object, root: Root) -> tuple[str, str]:
    if isinstance(cause, Wrong):
        return cause.message, cause.hint
    kind, limits = found["type"], found.get("ctx", {})
    written = found["input"]
    match kind:
        case "string_type":
            plain = isinstance(written, (bool, int, float))
            return "must be text", 'put it in quotes: "..."' if plain else ""
        case "int_type":
            return "must be a whole number", "without quotes and unit" if isinstance(written, str) else ""
        case "float_type":
            return "must be a number", "without quotes and unit" if isinstance(written, str) else ""
        case "bool_type":
            return "must be true or false", _truth_hint(written)
        case "list_type":
            return "must be a list", "put it in brackets: `[...]`" if not isinstance(written, dict) else ""
        case "dict_type" | "model_type":
            return "must be a mapping", _mapping_hint(found["loc"], written, root)
        case "literal_error":
            return _choice(str(limits["expected"]), written)
        case "greater_than" | "greater_than_equal":
            least = limits.get("ge", limits.get("gt"))
            unit = "s" if isinstance(limits.get("ge"), float) else ""  # what has a part of one is a duration
            return (f"must be at least {least:g}{unit}" if "ge" in limits else f"must be more than {least:g}"), ""
        case "less_than_equal":
            return f"must be at most {limits['le']}", ""
        case "too_short":
            listed = isinstance(written, list)
            return "must not be empty", "name one, or leave it out" if listed else _keys_hint(found["loc"], root)
    return str(found["msg"]), ""


def _choice(expected: str, written: object) -> tuple[str, str]:
    if expected == "True":
        return "can only be true", "leave it out to have it otherwise"
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    hint = did_you_mean(written, choices) if isinstance(written, str) else ""
    return "must be " + " or ".join(f"`{choice}`" for choice in choices), hint


def _unknown(path: Path, document: Document, root: Root) -> Problem:
    word, parent = str(path[-1]), path[:-1]
    where = f" in `{dotted(parent)}`" if parent else ""
    known = _keys(parent, root)
    hint = did_you_mean(word, known) or _elsewhere(word, root) or "its keys are " + _listed(known)
    return document.problem(path, f"unknown key `{word}`{where}", hint, on_key=True)


def _missing(path: Path, document: Document, root: Root) -> Problem:
    where = f" in `{dotted(path[:-1])}`" if path[:-1] else ""
    examples = _fields(path[:-1], root)[str(path[-1])].examples
    hint = f"such as `{path[-1]}: {examples[0]}`" if examples else ""
    return document.problem(path[:-1], f"`{path[-1]}` is missing{where}", hint, on_key=True)


def _truth_hint(written: object) -> str:
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(written).lower())
    return f"write `{meant}`" if meant else "without quotes"


def _mapping_hint(path: Path, written: object, root: Root) -> str:
    """What belongs where something else than a mapping was written: the key that was meant, or all of them."""
    keys = _keys_hint(path, root)
    if path == ("watch",):
        return f"write `off`, or a mapping: {keys}"
    if path[:2] == ("watch", "guards") and isinstance(written, str):
        alone = f"`{written}` cannot stand alone" if written in _keys(path, root) else ""
        return alone or did_you_mean(written, _keys(path, root)) or keys
    return keys


def _keys_hint(path: Path, root: Root) -> str:
    try:
        return "its keys are " + _listed(_keys(path, root))
    except AttributeError:  # A mapping with names of the user's choice, such as `env`.
        return "of the form `name: value`"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _keys(path: Path, root: Root) -> list[str]:
    return list(_fields(path, root))


def _fields(path: Path, root: Root) -> dict[str, Any]:
    """The fields of the section at ``path``, by their keys in the file."""
    kind: Any = root
    for part in path:
        kind = _inner(kind, part)
    return _named(kind)


def _named(section: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _inner(kind: Any, part: str | int) -> Any:
    if get_origin(kind) in (dict, list):
        return _bare(get_args(kind)[-1])
    return _bare(_named(kind)[str(part)].annotation)


def _bare(kind: Any) -> Any:
    """A type without its metadata and without None."""
    if get_origin(kind) is Annotated or type(None) in get_args(kind):
        return _bare(get_args(kind)[0])
    return kind


def _elsewhere(word: str, root: Root) -> str:
    """Where a key belongs that is right in another section."""
    places = [place for place, section in _sections(root, "") if word in _named(section)]
    return (
        "it belongs in " + " or ".join(f"`{place}`" if place else "the file's top level" for place in places)
        if (places)
        else ""
    )


def _sections(kind: Any, place: str) -> Iterator[tuple[str, type[BaseModel]]]:
    yield place, kind
    for key, field in _named(kind).items():
        inner, below = _bare(field.annotation), f"{place}.{key}".lstrip(".")
        if get_origin(inner) in (dict, list):
            below += ".NAME" if get_origin(inner) is dict else "[]"
            inner = _bare(get_args(inner)[-1])
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _sections(inner, below)
