"""Lists in pages: so many of them, and where the next ones are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Query

Item = TypeVar("Item")

LAST = 2**53
"""More than anything here will ever be counted to, and few enough for every database and every reader of JSON."""
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]


def page(
    found: Iterable[Item], limit: int, *, path: str, cursor: Callable[[Item], Mapping[str, Any]], **asked: Any
) -> tuple[list[Item], str | None]:
    """The first so many, and the place of the next ones (None: there are none).

    ``cursor``: what tells, of the last one of a page, where the next page begins. ``asked``: what else was asked for;
    None is left out.
    """
    items = list(islice(found, limit + 1))
    if len(items) <= limit:
        return items, None
    kept = {name: value for name, value in asked.items() if value is not None}
    return items[:limit], f"{path}?{urlencode({**kept, 'limit': limit, **cursor(items[limit - 1])})}"
