"""The file of a golden set: JSON Lines, a request and what is expected of its answer in each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bluegreen.config.fields import METHODS
from bluegreen.config.hints import did_you_mean
from bluegreen.config.paths import request_path
from bluegreen.config.problems import ConfigError, Problem, Wrong
from bluegreen.core.check_specs import Golden, StreamLatency
from bluegreen.core.golden_cases import GoldenCase, flaws

LARGEST = 16 << 20
"""Bytes of a file."""
MOST = 10_000
"""Cases of a file."""
_COMPLAINTS = 100
"""Problems that are looked for; a file with more is wrong as a whole."""

KEYS = ("id", "messages", "prompt", "body", "method", "path", "headers", "expect", "note")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")


def read_cases(folder: Path, check: Golden | StreamLatency) -> list[GoldenCase]:
    """The cases of the file that a check names, in a folder.

    Raises:
        ConfigError: it is missing, or wrong: all problems at once, each with its line; a problem of JSON itself also
            with its column.
    """
    text = _text(folder, check.file)
    problems: list[Problem] = []
    cases: list[GoldenCase] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(cases) == MOST:
            problems.append(Problem(number, 1, "", f"more than {MOST:,} cases", "a part of them tells as much"))
            break
        try:
            case = _case(line, number, check)
            first = seen.setdefault(case.id, number)
            if first != number:
                raise Wrong(f"`{case.id[:60]}` is the id of line {first} already", "give each case one of its own")
            cases.append(case)
            found = list(flaws(check, case)) if isinstance(check, Golden) else []
            problems += [Problem(number, 1, "", flaw) for flaw in found]
        except json.JSONDecodeError as error:
            problems.append(
                Problem(number, error.colno, "", f"this is no JSON: {error.msg}", "one object in each line")
            )
        except Wrong as wrong:
            problems.append(Problem(number, 1, "", wrong.message, wrong.hint))
        if len(problems) >= _COMPLAINTS:
            break
    if not cases and not problems:
        problems.append(Problem(1, 1, "", "it has no cases", 'such as `{"prompt": "2 + 2?", "expect": {"number": 4}}`'))
    if problems:
        raise ConfigError(problems, name=check.file, text=text)
    return cases


def _text(folder: Path, name: str) -> str:
    path, root = folder / name, folder.resolve()
    try:
        if not path.resolve().is_relative_to(root):
            raise _error(name, "it is a link that leaves the folder", "put the file itself there")
        if not path.is_file():
            raise _error(name, "there is no such file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError) as error:
        raise _error(name, f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST:
        raise _error(name, f"larger than {LARGEST >> 20} MB", "a part of it tells as much")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(line, 1, "", f"byte 0x{content[error.start]:02X} is not UTF-8", "save it as UTF-8")
        raise ConfigError([problem], name=name) from None


def _error(name: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem(1, 1, "", message, hint)], name=name)


def _case(line: str, number: int, check: Golden | StreamLatency) -> GoldenCase:
    """One line. Raises Wrong and json.JSONDecodeError."""
    found = _object(line)
    for key in found:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or "its keys are " + ", ".join(f"`{one}`" for one in KEYS)
            raise Wrong(f"unknown key `{key[:40]}`", hint)
    body = _body(found, check.request)
    method = found.get("method", "GET" if body is None else "POST")
    if method not in METHODS:
        raise Wrong(f"`{str(method)[:40]}` is not a method", "one of " + ", ".join(METHODS))
    expect = found.get("expect", {})
    own = dict(expect) if isinstance(expect, dict) else {}
    reference = own.pop("reference", None) if isinstance(expect, dict) else expect
    golden = check if isinstance(check, Golden) else None
    return GoldenCase(
        id=_id(found.get("id", f"line {number}")),
        line=number,
        method=method,
        path=_path(found.get("path"), check.to),
        headers=_headers(found.get("headers", {}), check.headers),
        body=body,
        status=_status(own.pop("status", golden.status if golden else None)),
        expect={**(golden.expect if golden else {}), **own},
        reference=reference,
    )


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except RecursionError:
        raise Wrong("nested too deeply") from None
    if not isinstance(found, dict):
        raise Wrong("each line is a JSON object", 'such as `{"prompt": "2 + 2?", "expect": {"number": 4}}`')
    return found


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise Wrong(f"`{twice[:40]}` is there twice", "remove one of the two")
    return found


def _no_constant(name: str) -> Any:
    raise Wrong(f"`{name}` is not JSON")


def _body(found: Mapping[str, Any], request: Mapping[str, Any]) -> Any:
    given = [key for key in ("messages", "prompt", "body") if key in found]
    if len(given) > 1:
        raise Wrong(f"`{given[0]}` and `{given[1]}` are both the request", "keep one of them")
    if not given:
        return dict(request) or None
    value = found[given[0]]
    if given == ["messages"]:
        if not isinstance(value, list) or not value:
            raise Wrong("`messages` must be a list of messages", 'such as `[{"role": "user", "content": "2 + 2?"}]`')
        return {**request, "messages": value}
    if given == ["prompt"]:
        if not isinstance(value, str):
            raise Wrong("`prompt` must be text", "it becomes the message of a user")
        return {**request, "messages": [{"role": "user", "content": value}]}
    return {**request, **value} if isinstance(value, dict) else value


def _id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise Wrong("`id` must be text or a whole number")
    if len(str(value)) > 200:
        raise Wrong("`id` is longer than 200 characters")
    return str(value)


def _status(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599):
        return value
    raise Wrong("`status` must be from 200 to 599")


def _headers(own: Any, of_all: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(own, dict) or not all(isinstance(value, str) for value in own.values()):
        raise Wrong("`headers` must be an object of texts")
    for name, value in own.items():
        if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Wrong(f"`{name[:40]}` is no header that can be sent")
    return {**of_all, **own}


def _path(value: Any, to: str | None) -> str:
    path = to if value is None else value
    if path is None:
        raise Wrong("nothing says where this is sent", "add `path` to the line, or `to` to the check")
    if not isinstance(path, str):
        raise Wrong("`path` must be text", "such as `/v1/chat/completions`")
    return request_path(path)
