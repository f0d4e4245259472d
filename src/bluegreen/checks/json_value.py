"""A source that reads a number in a JSON document."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from itertools import islice
from typing import Any

from bluegreen.checks.fetch import Unread, fetch_json
from bluegreen.checks.said import missing
from bluegreen.checks.sources import Watched
from bluegreen.config.jsonpaths import compiled
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import JsonValue


class JsonSource:
    """The one number that a JSONPath names. None, several, a text or a number beyond measure are missing."""

    async def read(self, guard: JsonValue, watched: Watched) -> Reading:
        """Get the document and look. See `bluegreen.checks.sources.Source`."""
        end = asyncio.get_running_loop().time() + guard.within
        try:
            document = await fetch_json(guard.url, guard.within)
            async with asyncio.timeout_at(end):
                # In a thread: a path with `..` and filters may take its time over a long document.
                return Reading(value=await asyncio.to_thread(_number, guard.path, document))
        except Unread as error:
            return missing(str(error), watched)
        except TimeoutError:
            return missing(f"`{guard.path}` was still being looked for after {guard.within:g} s", watched)

    async def before(self, guard: JsonValue, watched: Watched, seconds: float) -> Sequence[float]:
        """Nothing is remembered."""
        return ()


def _number(path: str, document: Any) -> float:
    try:
        found = [match.obj for match in islice(compiled(path).finditer(document), 2)]
    except RecursionError:
        raise Unread("the document is nested too deeply") from None
    except ModuleNotFoundError:
        raise Unread("the extra `json` is not installed: pip install 'bluegreen[json]'") from None
    if len(found) != 1:
        raise Unread(f"`{path}` names {'nothing' if not found else 'several values'}, not one number")
    value = found[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unread(f"`{path}` names {_kind(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Unread(f"`{path}` is no finite number")
    return number


def _kind(value: Any) -> str:
    return {bool: "true or false", str: "a text", dict: "an object", list: "a list"}.get(type(value), "null")
