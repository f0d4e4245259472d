"""The kinds of values that the file has, for pydantic: each reads what people write and says what is wrong with it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any

from annotated_types import Gt
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from bluegreen.config import addresses, durations, names, paths
from bluegreen.config.problems import Wrong
from bluegreen.core import news as core_news

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _text(value: str) -> str:
    if not value.strip():
        raise Wrong("must not be empty")
    return value


def _per_cent(value: object) -> int:
    number = value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}%", value):
        number = int(value[:-1])
    if isinstance(number, bool) or not isinstance(number, int):
        raise Wrong(f"`{value}` is not a share in whole per cent", "such as `5%` or `100%`")
    if not 1 <= number <= 100:
        raise Wrong(f"`{value}` is not a share between 1% and 100%")
    return number


def _shift(steps: list[int]) -> list[int]:
    if not steps or steps[-1] != 100:
        raise Wrong("the last step must be 100%", "such as `[5%, 50%, 100%]`, or `[100%]` for all at once")
    if any(later <= earlier for earlier, later in pairwise(steps)):
        raise Wrong("each step must be more than the one before it", "such as `[5%, 50%, 100%]`")
    return steps


def _news(value: str) -> str:
    if value not in set(core_news.News):
        known = ", ".join(f"`{one}`" for one in core_news.News)
        raise Wrong(f"`{value}` is not a kind of message", f"one of {known}")
    return value


def _method(value: str) -> str:
    if value.upper() not in METHODS:
        raise Wrong(f"`{value[:40]}` is not a method that a check can use", "one of " + ", ".join(METHODS))
    return value.upper()


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise Wrong(
            f"not a regular expression: {error}", "put a `\\` before a character that is meant as itself"
        ) from None
    return value


def _header(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", value):
        raise Wrong(f"`{value[:80]}` is not the name of a header")
    return value


def _absolute(value: str) -> str:
    """A path that is the same wherever it is read."""
    if not value.startswith("/"):
        raise Wrong(f"`{value}` is not an absolute path", "write the path that it has on the controller's machine")
    return value


def one_or_many(value: Any) -> Any:
    """Lets a list of one be written without brackets."""
    return [value] if isinstance(value, str) else value


def short_for(key: str, written: Any) -> BeforeValidator:
    """Lets a mapping whose other keys keep their defaults be written as the value of this one key."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str) else value, json_schema_input_type=written
    )


_TIME = {"anyOf": [{"type": "string", "pattern": durations.PATTERN}, {"type": "number", "minimum": 0}]}
_ADDRESS = {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1, "maximum": 65535}]}
_PER_CENT = {
    "anyOf": [
        {"type": "string", "pattern": "^([1-9][0-9]?|100)%$"},
        {"type": "integer", "minimum": 1, "maximum": 100},
    ]
}
_SCALAR = {"type": ["string", "number", "boolean"]}

Name = Annotated[str, AfterValidator(names.name), WithJsonSchema({"type": "string", "pattern": names.NAME})]
ComponentName = Annotated[str, AfterValidator(names.component_name)]
Variable = Annotated[str, AfterValidator(names.variable)]
AsWritten = Annotated[str, WithJsonSchema(_SCALAR)]
Header = Annotated[str, AfterValidator(_header)]
Signal = Annotated[str, AfterValidator(names.signal), WithJsonSchema({"type": "string", "examples": ["TERM", "INT"]})]
Command = Annotated[str, AfterValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
Duration = Annotated[float, BeforeValidator(durations.seconds), WithJsonSchema(_TIME)]
TimeLimit = Annotated[float, BeforeValidator(durations.seconds), Gt(0), WithJsonSchema(_TIME)]
Address = Annotated[str, BeforeValidator(addresses.address), WithJsonSchema(_ADDRESS)]
HostName = Annotated[str, AfterValidator(addresses.host_name)]
Prefix = Annotated[str, AfterValidator(paths.prefix), WithJsonSchema({"type": "string", "pattern": "^/"})]
RequestPath = Annotated[str, AfterValidator(paths.request_path), WithJsonSchema({"type": "string", "pattern": "^/"})]
FileInside = Annotated[str, AfterValidator(_text), AfterValidator(paths.inside)]
FileName = Annotated[str, AfterValidator(paths.file_name)]
AbsolutePath = Annotated[FileName, AfterValidator(_absolute)]
PerCent = Annotated[int, BeforeValidator(_per_cent), WithJsonSchema(_PER_CENT)]
Shift = Annotated[list[PerCent], AfterValidator(_shift)]
News = Annotated[str, AfterValidator(_news), WithJsonSchema({"type": "string", "enum": list(core_news.News)})]
Method = Annotated[str, AfterValidator(_method), WithJsonSchema({"type": "string", "enum": list(METHODS)})]
Regex = Annotated[str, AfterValidator(_regex), WithJsonSchema({"type": "string", "format": "regex"})]
