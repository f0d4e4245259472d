"""Flags as they are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from bluegreen.core.flag_changes import FlagChange, setting
from bluegreen.core.flag_merge import Merged
from bluegreen.core.flag_sets import Definition, flags_of
from bluegreen.core.model import Release
from bluegreen.core.release_diff import flags_diff


def change_json(change: FlagChange) -> dict[str, Any]:
    """One flag that is different; ``from`` and ``to`` are what it gives, null where it is not there."""
    return {
        "flag": change.flag,
        "what": change.what,
        "from": change.before,
        "to": change.after,
        "parts": list(change.parts),
        "in_words": str(change),
    }


def changes_json(changes: Iterable[FlagChange]) -> list[dict[str, Any]]:
    return [change_json(change) for change in changes]


def flags_diff_json(before: Release, after: Release) -> list[dict[str, Any]]:
    """Which flags are different, with their whole definitions."""
    old, new = flags_of(before.flags), flags_of(after.flags)
    return [
        change_json(change) | {"definition": {"from": old.get(change.flag), "to": new.get(change.flag)}}
        for change in flags_diff(before, after)
    ]


def merged_json(found: Merged) -> dict[str, Any]:
    """What became of flags that a command had edited, when a new flag file came."""
    return {"kept": changes_json(found.kept), "overruled": changes_json(found.overruled)}


def flag_set_json(release: Release) -> dict[str, Any]:
    """The flags of a release: those in force, and how the file had them where a command edited them."""
    in_file = flags_of(release.flags_in_file)
    return {
        "release": release.name,
        "digest": release.digest,
        "file": release.spec.flags,
        "flags": [_flag_json(name, flag, in_file.get(name)) for name, flag in sorted(flags_of(release.flags).items())],
        "document": json.loads(release.flags) if release.flags else None,
    }


def _flag_json(name: str, flag: Definition, in_file: Definition | None) -> dict[str, Any]:
    return {
        "flag": name,
        "gives": setting(flag),
        "state": flag["state"],
        "default": flag.get("defaultVariant") or None,
        "variants": flag["variants"],
        "targeting": bool(flag.get("targeting")),
        "edited": flag != in_file,
        "in_file": setting(in_file) if in_file is not None else None,
    }
