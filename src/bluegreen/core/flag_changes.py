"""What is different between two flag sets, in words that a person decides by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bluegreen.core.flag_sets import Definition

CODE_DEFAULT = "the code's default"
DISABLED = "disabled"


@dataclass(frozen=True)
class FlagChange:
    """One flag that is different. ``before`` and ``after`` are what it gives (`setting`); None: there is no such flag.

    A change of the whole set (``$evaluators``, ``metadata``) is under that name, with neither.
    """

    flag: str
    before: str | None = None
    after: str | None = None
    parts: tuple[str, ...] = ()
    """The keys of its definition that differ, where it is in both."""

    @property
    def what(self) -> str:
        if self.before is None and self.after is not None:
            return "added"
        return "removed" if self.after is None and self.before is not None else "changed"

    def __str__(self) -> str:
        if self.what != "changed":
            known = self.after if self.what == "added" else self.before
            return f"{self.flag} {self.what} ({known})"
        if self.before == self.after:
            return f"{self.flag}: {', '.join(self.parts)} changed"
        rest = [part for part in self.parts if part not in ("state", "defaultVariant")]
        return f"{self.flag}: {self.before} → {self.after}" + (f" ({', '.join(rest)} changed)" if rest else "")


def setting(definition: Definition) -> str:
    """What a flag gives where no targeting decides: its default variant, say."""
    if definition["state"] == "DISABLED":
        return DISABLED
    return definition.get("defaultVariant") or CODE_DEFAULT


def flag_changes(before: str, after: str) -> tuple[FlagChange, ...]:
    """Every flag that differs between two canonical texts, by name; what rules the whole set comes last."""
    if before == after:
        return ()
    old, new = _whole(before), _whole(after)
    names = sorted({**old["flags"], **new["flags"]})
    flags = [_change(name, old["flags"].get(name), new["flags"].get(name)) for name in names]
    others = sorted((old.keys() | new.keys()) - {"flags", "$schema"})
    whole = [FlagChange(key, parts=(key,)) for key in others if old.get(key) != new.get(key)]
    return (*(change for change in flags if change is not None), *whole)


def in_words(changes: Iterable[FlagChange], most: int = 5) -> str:
    """Such as ``new-checkout: off → on; banner added (red)``."""
    said = [str(change) for change in changes]
    more = f"; and {len(said) - most} more" if len(said) > most else ""
    return "; ".join(said[:most]) + more


def _whole(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text) if text else {"flags": {}}
    return found


def _change(name: str, old: Definition | None, new: Definition | None) -> FlagChange | None:
    if old == new:
        return None
    if old is None or new is None:
        return FlagChange(name, setting(old) if old else None, setting(new) if new else None)
    parts = tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))
    return FlagChange(name, setting(old), setting(new), parts)
