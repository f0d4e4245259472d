"""A flag set: flags in flagd's schema (https://flagd.dev/schema/v0/flags.json), kept as one canonical JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from bluegreen.core.errors import InvalidInput
from bluegreen.core.flag_flaws import flaws
from bluegreen.core.flaw import Flaw

COMPONENT = "flags"
"""The name of the instance that evaluates an environment's flags, beside the components of the file."""
ENDPOINT = "OFREP_ENDPOINT"
"""The variable in which an OpenFeature SDK finds where flags are evaluated."""
LARGEST = 256 * 1024
"""Bytes of a flag set."""

Definition = Mapping[str, Any]
"""One flag: ``state``, ``variants``, ``defaultVariant``, ``targeting``, ``metadata``."""


class NotJson(ValueError):
    """The text is no JSON; line and column count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


def parsed(text: str) -> Any:
    """The JSON value of a text, without what JSON has not (NaN, a key twice). Raises NotJson."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise NotJson(f"larger than {LARGEST // 1024} kB")
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise NotJson(f"no JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits, say
        raise NotJson(str(error)) from None


def canonical(value: Any) -> str:
    """One text for equal values. Raises NotJson for what UTF-8 or JSON cannot carry."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except ValueError as error:  # half a character, an infinite number
        raise NotJson(f"cannot be kept: {error}") from None
    # The journal keeps it as a text in JSON, where every quotation mark counts twice.
    if size > LARGEST or size + text.count('"') + text.count("\\") > LARGEST * 3 // 2:
        raise NotJson(f"larger than {LARGEST // 1024} kB")
    return text


def taken_in(text: str, name: str) -> str:
    """The canonical text of the flag file ``name`` of an artifact. Raises InvalidInput with all that is wrong."""
    try:
        value = parsed(text)
        found = list(flaws(value))
        if not found:
            return canonical(value)
    except NotJson as error:
        found = [Flaw((), f"line {error.line}, column {error.column}: {error.message}")]
    shown = [str(flaw) for flaw in found[:20]]
    if len(found) > len(shown):
        shown.append(f"... and {len(found) - len(shown)} more")
    raise InvalidInput(
        f"{name} is no flag set of flagd's schema.", why="\n".join(shown), cure="Nothing was changed. Put it right."
    )


def flags_of(text: str) -> Mapping[str, Definition]:
    """The flags of a canonical text by their names; none where there is no flag set."""
    flags: Mapping[str, Definition] = json.loads(text)["flags"] if text else {}
    return flags


def _no_number(name: str) -> NoReturn:
    raise NotJson(f"`{name}` is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"`{twice}` is there twice in one object")
    return found
