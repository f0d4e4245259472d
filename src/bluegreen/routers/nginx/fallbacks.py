"""The ways back: whole files that a rollback would need, laid ready before the switch."""

from __future__ import annotations

import contextlib
from pathlib import Path

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route
from bluegreen.routers.nginx.files import read, write
from bluegreen.routers.nginx.include import facts_of_file
from bluegreen.routers.nginx.part import Part
from bluegreen.routers.rules import check_move


def lay(part: Part, route: Route, fallback: Route | None) -> None:
    """Write the way back from this route. Raises TemporaryError when it cannot be written."""
    if fallback is None:
        return
    try:
        write(part.fallback(fallback.epoch), part.content(fallback).data)
    except TemporaryError:
        # A way back that was laid ready is taken even when no further one fits on the disk.
        if read(part.fallback(route.epoch)) != part.content(route).data:
            raise


def refresh(part: Part) -> None:
    """Write anew what has changed since, such as the address of an instance. Remove what leads nowhere."""
    for file in _files(part):
        facts = facts_of_file(read(file) or b"")
        route = facts.route if facts else None
        try:
            check_move(part.app, part.routing, None, route or Route(0))
            content = part.content(route).data
        except PermanentError:
            route = None
        if route is None:
            file.unlink(missing_ok=True)
        elif read(file) != content:
            with contextlib.suppress(TemporaryError):
                write(file, content)


def discard(part: Part, keep: Route | None) -> None:
    """Remove them, but for this one."""
    for file in _files(part):
        if keep is None or file != part.fallback(keep.epoch):
            with contextlib.suppress(OSError):
                file.unlink()


def _files(part: Part) -> list[Path]:
    return sorted(part.folder.glob(f"{part.app}.conf.fallback-*"))
