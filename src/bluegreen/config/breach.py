"""A rule that a file breaks although its every value is right by itself."""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.config.document import Path


@dataclass(frozen=True)
class Breach:
    """One broken rule, and the path of the value (or, with ``on_key``, of the key) that breaks it."""

    path: Path
    message: str
    hint: str = ""
    on_key: bool = False
