"""The files that HAProxy reads when it starts or is reloaded: a reload by anybody brings no old side back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from bluegreen.core.errors import TemporaryError
from bluegreen.routers.haproxy.entries import read_map, read_route
from bluegreen.system.atomic import replace_file

HEADER = "# Written by bluegreen: routes (epoch/blue/green), and which run is behind each backend. Do not edit.\n"
WAY_BACK = ".way-back"
"""Ends the name of a map file that a rollback would need."""
NO_SERVERS = "1\n"
"""A server state file without a server."""


class Files:
    """The map, the way back that is laid ready beside it, and the servers' state; in one folder."""

    def __init__(self, folder: Path) -> None:
        self.map = folder / "routes.map"
        self.servers = folder / "servers.state"
        self.lock = folder / "writer.lock"
        self._folder = folder

    def entries(self) -> dict[str, str]:
        """What the map file says. Raises TemporaryError when it cannot be read."""
        try:
            text = self.map.read_text()
        except OSError as error:
            raise _unusable(self.map, "read", error) from error
        return _entries(text)

    def lay(self, app: str, entries: Mapping[str, str]) -> None:
        """Write the map file of a way back, beside the one that may be needed now. Raises TemporaryError."""
        self._write(self._laid(app, entries), _text(entries), sync=False)

    def is_laid(self, app: str, entries: Mapping[str, str]) -> bool:
        """Whether the way back to these entries lies ready."""
        with contextlib.suppress(OSError):
            return self._laid(app, entries).read_text() == _text(entries)
        return False

    def switch(self, app: str, entries: Mapping[str, str]) -> None:
        """Replace the map file for a switch; a way back that lies ready needs no free disk space.

        Raises TemporaryError when it cannot be written.
        """
        if self.is_laid(app, entries):
            with contextlib.suppress(OSError):
                os.replace(self._laid(app, entries), self.map)
                return
        self._write(self.map, _text(entries), sync=False)

    def write_map(self, entries: Mapping[str, str]) -> None:
        """Replace the map file, and bring the ways back up to date. Raises TemporaryError when it cannot be written."""
        self._write(self.map, _text(entries), sync=True)
        for file in self._folder.glob(f"*{WAY_BACK}"):
            app = file.name.rpartition("@")[0]
            with contextlib.suppress(OSError):
                back = _entries(file.read_text()).get(app)
                if back is not None and app in entries:
                    self._write(file, _text({**entries, app: back}), sync=False)

    def write_servers(self, answer: str) -> None:
        """Keep what ``show servers state`` told: HAProxy loads it by itself. Raises TemporaryError."""
        self._write(self.servers, answer.strip() + "\n", sync=True)

    def discard(self, app: str, epoch: int | None = None) -> None:
        """Remove an application's ways back, except the one of this epoch."""
        for file in self._folder.glob(f"{app}@*{WAY_BACK}"):
            if epoch is None or file.name != f"{app}@{epoch}{WAY_BACK}":
                with contextlib.suppress(OSError):
                    file.unlink()

    def sync(self) -> None:
        """Make the map survive a power cut; not before a switch, which it would slow down."""
        with contextlib.suppress(OSError):
            for path in (self.map, self._folder):
                fd = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)

    def _laid(self, app: str, entries: Mapping[str, str]) -> Path:
        route = read_route(entries[app])
        return self._folder / f"{app}@{route.epoch if route else 0}{WAY_BACK}"

    def _write(self, file: Path, text: str, *, sync: bool) -> None:
        try:
            # HAProxy reads them before it gives up its rights; others may look.
            replace_file(file, text.encode(), mode=0o644, sync=sync)
        except OSError as error:
            raise _unusable(file, "written", error) from error


def _entries(text: str) -> dict[str, str]:
    return dict(read_map("".join(f"- {line}\n" for line in text.splitlines() if not line.startswith("#"))))


def _text(entries: Mapping[str, str]) -> str:
    return HEADER + "".join(f"{key} {value}\n" for key, value in sorted(entries.items()))


def _unusable(file: Path, done: str, error: OSError) -> TemporaryError:
    return TemporaryError(
        f"{file} cannot be {done}.",
        why=f"{error.strerror or error}.",
        cure="Make its folder this user's (`bluegreen router init haproxy` says how), or free disk space.",
        retry_after=1.0,
    )
