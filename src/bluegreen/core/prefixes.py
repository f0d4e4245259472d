"""Which path prefix takes a request: the longest one, in whole segments."""

from __future__ import annotations

from collections.abc import Iterable


def longest_prefix(path: str, prefixes: Iterable[str]) -> str | None:
    """The longest of the prefixes (``/`` or ``/segment``) that a path, with or without a query, is below."""
    plain = path.partition("?")[0]
    fitting = [p for p in prefixes if p == "/" or plain == p or plain.startswith(f"{p}/")]
    return max(fitting, key=len, default=None)
