"""A new flag file meets flags that were edited by command: a three-way merge, flag by flag."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bluegreen.core.flag_changes import FlagChange, setting
from bluegreen.core.flag_sets import canonical


@dataclass(frozen=True)
class Merged:
    """The flag set in force, and what became of each flag that a command had edited.

    ``before`` of a change is what the new file says, ``after`` what the command had set.
    """

    text: str
    kept: tuple[FlagChange, ...] = ()
    """The file left them as they were, so they stay edited."""
    overruled: tuple[FlagChange, ...] = ()
    """The file has changed or removed them, so the file holds."""


def merged(base: str, ours: str, theirs: str) -> Merged:
    """``base``: the file of the live release; ``ours``: the flags of the live release; ``theirs``: the new file.

    All are canonical texts, empty where there is none.
    """
    if not theirs or not ours or ours in (base, theirs):
        return Merged(theirs)
    old, now, whole = (json.loads(text or '{"flags":{}}') for text in (base, ours, theirs))
    kept, overruled = [], []
    for name, edit in sorted(now["flags"].items()):
        was, new = old["flags"].get(name), whole["flags"].get(name)
        if edit in (was, new):
            continue
        if new is not None and new == was:
            whole["flags"][name] = edit
            kept.append(_change(name, new, edit))
        else:
            overruled.append(_change(name, new, edit))
    return Merged(canonical(whole), tuple(kept), tuple(overruled))


def _change(name: str, file: Any, edit: Any) -> FlagChange:
    parts = tuple(sorted(key for key in {**edit, **(file or {})} if edit.get(key) != (file or {}).get(key)))
    return FlagChange(name, file and setting(file), setting(edit), parts)
