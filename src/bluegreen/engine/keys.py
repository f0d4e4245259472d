"""Random values that are made once and kept in files that only this user may read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bluegreen.system.atomic import replace_file


class Keys:
    """Never fails: what cannot be written (a full disk) holds for this life, so that nothing waits for a key."""

    def __init__(self) -> None:
        self._known: dict[Path, bytes] = {}
        self._unsaved: set[Path] = set()

    def get(self, path: Path, make: Callable[[], bytes], fits: Callable[[bytes], bool]) -> bytes:
        """The value in a file; a new one where there is none, or what is there does not fit."""
        if path not in self._known:
            self._known[path] = self._read(path, make, fits)
        if path in self._unsaved:
            self._save(path)
        return self._known[path]

    def _read(self, path: Path, make: Callable[[], bytes], fits: Callable[[bytes], bool]) -> bytes:
        try:
            value = path.read_bytes()
        except FileNotFoundError:
            value = b""
        except OSError:
            return make()  # it may be readable another time: it is not overwritten
        if fits(value):
            return value
        self._unsaved.add(path)
        return make()

    def _save(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, self._known[path])
        except OSError:
            return  # tried again the next time
        self._unsaved.discard(path)
