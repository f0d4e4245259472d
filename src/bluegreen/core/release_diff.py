"""What is different between two releases: configuration, files, secrets, flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import Any

from bluegreen.core.flag_changes import FlagChange, flag_changes
from bluegreen.core.model import Release

Files = Mapping[str, object]
"""What tells each file of an artifact from others (equal for equal files), by its path."""
_ABSENT = object()


@dataclass(frozen=True)
class Change:
    """One value of the configuration; None where it is not there."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class FilesDiff:
    """Paths, in order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def configuration_of(release: Release) -> dict[str, Any]:
    """A release's configuration as JSON values; components by their names, and no secrets: those are files."""
    described: dict[str, Any] = _plain(asdict(release.spec))
    described["components"] = {component["name"]: component for component in described["components"]}
    return described


def configuration_diff(before: Release, after: Release) -> tuple[Change, ...]:
    """Every value that is different, by its place, such as ``components.web.instances``."""
    return tuple(_changes("", configuration_of(before), configuration_of(after)))


def flags_diff(before: Release, after: Release) -> tuple[FlagChange, ...]:
    """Every flag that is added, removed or changed."""
    return flag_changes(before.flags, after.flags)


def files_diff(before: Files, after: Files) -> FilesDiff:
    """Which files there are in one of two artifacts only, and which differ."""
    return FilesDiff(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(path for path in before.keys() & after.keys() if before[path] != after[path])),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    assert not is_dataclass(value)
    return value


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            place = f"{path}.{key}" if path else key
            yield from _changes(place, before.get(key, _ABSENT), after.get(key, _ABSENT))
        return
    yield Change(path, None if before is _ABSENT else before, None if after is _ABSENT else after)
