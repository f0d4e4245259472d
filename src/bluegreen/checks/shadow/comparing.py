"""Whether two answers say the same, as far as the check looks; and if not, where they first differ."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from bluegreen.checks.shadow.asking import Answer
from bluegreen.config.jsonpaths import compiled
from bluegreen.core.output import beginning, printable
from bluegreen.core.spec import ShadowCheck

SHOWN = 80
"""Characters of a value in a difference."""
_MISSING = object()


class Comparison:
    """Compares as one check says. Raises Wrong, or ModuleNotFoundError, for paths that cannot be looked for."""

    def __init__(self, check: ShadowCheck) -> None:
        self._check = check
        self._ignored = [compiled(path) for path in check.ignore]

    def difference(self, one: Answer, other: Answer) -> str | None:
        """Where ``other`` differs from ``one``, such as ``$.items[2].count: 3, now 4``; None: nowhere."""
        if one.why or other.why:
            return None if one.why == other.why else f"{one.why or one.status}, now {other.why or other.status}"
        if one.status != other.status:
            return f"status {one.status}, now {other.status}"
        if one.location != other.location:
            return _differ("location", one.location, other.location)
        if self._check.compare == "status" or one.body == other.body:
            return None
        if self._check.compare == "json":
            documents = self._document(one), self._document(other)
            with contextlib.suppress(RecursionError, OverflowError):
                if documents[0] is not _MISSING and documents[1] is not _MISSING:
                    return next(self._differences(*documents, "$"), None)
        return _text_difference(one.body.decode("utf-8", "replace"), other.body.decode("utf-8", "replace"))

    def _document(self, answer: Answer) -> Any:
        """The answer's JSON without what is ignored; the list of its events' data for a stream of events."""
        text = answer.body.decode("utf-8", "replace")
        try:
            if answer.type.startswith("text/event-stream"):
                return [self._without_ignored(_json_or_text(data)) for data in _events(text)]
            return self._without_ignored(json.loads(text))
        except (ValueError, RecursionError):
            return _MISSING

    def _without_ignored(self, document: Any) -> Any:
        if not isinstance(document, dict | list):
            return document  # a text would be taken for JSON that is still to be parsed
        for path in self._ignored:
            # All of them first: taking out an item of a list moves those behind it.
            for match in reversed(list(path.finditer(document))):
                if match.parent is None:
                    return None
                _take_out(match.parent.obj, match.parts[-1])
        return document

    def _differences(self, one: Any, other: Any, path: str) -> Iterator[str]:
        if isinstance(one, dict) and isinstance(other, dict):
            for key in dict.fromkeys((*one, *other)):
                yield from self._differences(one.get(key, _MISSING), other.get(key, _MISSING), f"{path}.{key}")
        elif isinstance(one, list) and isinstance(other, list):
            for index, (value, now) in enumerate(zip(one, other, strict=False)):
                yield from self._differences(value, now, f"{path}[{index}]")
            if len(one) != len(other):
                yield f"{path}: {len(one)} items, now {len(other)}"
        elif not self._equal(one, other):
            yield _differ(path, one, other)

    def _equal(self, one: Any, other: Any) -> bool:
        # In Python, True equals 1; in JSON it does not.
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        if isinstance(one, int | float) and isinstance(other, int | float):
            both_none = math.isnan(one) and math.isnan(other)
            return one == other or both_none or abs(one - other) <= self._check.tolerance * max(abs(one), abs(other))
        return bool(one == other)


def _take_out(parent: Any, key: Any) -> None:
    if isinstance(parent, dict):
        parent.pop(key, None)
    elif isinstance(parent, list) and isinstance(key, int) and key < len(parent):
        # Not taken out: what follows must stay at its place.
        parent[key] = None


def _events(text: str) -> Iterator[str]:
    """The data of each event of a stream, by the rules of HTML's server-sent events."""
    lines: Sequence[str] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []


def _json_or_text(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data


def _text_difference(one: str, other: str) -> str | None:
    if one == other:
        return None
    for number, (line, now) in enumerate(zip(one.splitlines(), other.splitlines(), strict=False), 1):
        if line != now:
            return _differ(f"line {number}", line, now)
    return f"{len(one)} characters, now {len(other)}"


def _differ(path: str, one: Any, other: Any) -> str:
    if isinstance(one, str) and isinstance(other, str):
        one, other = _near_the_difference(one, other)
    return f"{beginning(path, SHOWN)}: {_shown(one)}, now {_shown(other)}"


def _near_the_difference(one: str, other: str) -> tuple[str, str]:
    """Of long texts that begin alike, what there is from shortly before they part."""
    pairs = enumerate(zip(one, other, strict=False))
    alike = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    if alike <= SHOWN // 2:
        return one, other
    begin = alike - SHOWN // 4
    return f"…{one[begin:]}", f"…{other[begin:]}"


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "missing"
    return beginning(printable(json.dumps(value, ensure_ascii=False)), SHOWN)
