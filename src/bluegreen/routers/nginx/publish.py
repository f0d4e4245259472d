"""One change of what nginx includes: the file moved into place, the whole tested, read again, confirmed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.routers.nginx import status
from bluegreen.routers.nginx.configuration import complaint
from bluegreen.routers.nginx.files import read, write
from bluegreen.routers.nginx.include import Include
from bluegreen.routers.nginx.master import Master, Workers
from bluegreen.routers.nginx.part import Part
from bluegreen.system.faults import point
from bluegreen.system.process import ProcessRecord

WITHIN = 15.0
"""Seconds after which a change counts as not confirmed. nginx starts all workers anew, and waits 100 ms itself."""

POLL = 0.005


async def refuse_broken(part: Part) -> None:
    """Raises TemporaryError, with nginx's own words, while its configuration is broken as it is."""
    if words := await _complaint(part):
        raise _broken(part, f"somebody changed it; nginx says: {words}")


def _broken(part: Part, why: str) -> TemporaryError:
    return TemporaryError(
        f"{part.app}: nginx's configuration is broken, and so it is not reloaded",
        why=why,
        cure=f"mend it until `{part.settings.program} -t -c {part.settings.config}` is content; "
        "users go on being served as before",
        retry_after=2.0,
    )


async def publish(part: Part, content: Include, laid: Path | None = None) -> None:
    """Put this content in force; ``laid`` is a file that holds it already. Returns when every worker follows it.

    Raises:
        TemporaryError: nginx does not run, its configuration is broken by somebody else (nothing was changed), or it
            is not confirmed in time. Where it does not run it will follow this when it is started.
        PermanentError: nginx refuses this content; nothing was changed.
    """
    with _kept(part.file) as before:
        _move(part.file, content, laid)
        if words := await _complaint(part):
            _put_back(part.file, before)
            if before is None:
                # Without its first file it may be broken in any case: whose fault it is cannot be told.
                raise _broken(part, f"with bluegreen's file {part.file.name} in it, nginx says: {words}")
            await refuse_broken(part)
            raise PermanentError(
                f"{part.app}: nginx refuses what bluegreen has written",
                why=f"its configuration is sound without it; nginx says: {words}",
                cure="nothing was changed for users; see that nothing else in it is named `bluegreen_`, and report it",
            )
    master = Master(part.settings.pid)
    replaced = master.workers().serving
    point("before reloading nginx")
    master.reload()
    point("after reloading nginx")
    await _confirm(part, content, master, replaced)


async def _complaint(part: Part) -> str | None:
    return await complaint(part.settings.program, part.settings.config)


@contextmanager
def _kept(file: Path) -> Iterator[Path | None]:
    """A second name for the file as it is now, which takes no disk space; None when there is no file yet."""
    before = file.with_name(f"{file.name}.before")
    before.unlink(missing_ok=True)
    try:
        os.link(file, before)
    except FileNotFoundError:
        yield None
        return
    try:
        yield before
    finally:
        with contextlib.suppress(OSError):
            before.unlink(missing_ok=True)


def _move(file: Path, content: Include, laid: Path | None) -> None:
    if read(file) == content.data:
        return
    if laid is not None and read(laid) == content.data:
        os.replace(laid, file)
    else:
        write(file, content.data)


def _put_back(file: Path, before: Path | None) -> None:
    if before is None:
        file.unlink(missing_ok=True)
    else:
        os.replace(before, file)


async def _confirm(part: Part, content: Include, master: Master, replaced: frozenset[ProcessRecord]) -> None:
    """Return when new workers tell this version, and each of those before has ended or is retiring."""
    deadline = time.monotonic() + WITHIN
    while why := await _missing(part, content, master.workers(), replaced):
        if time.monotonic() > deadline:
            raise TemporaryError(
                f"{part.app}: the route is not confirmed after {WITHIN:g} s",
                why=why,
                cure="it is read back and set again; nginx's error log says what it made of it, and "
                "`bluegreen router init nginx` what its configuration needs",
                retry_after=0.5,
            )
        await asyncio.sleep(POLL)


async def _missing(part: Part, content: Include, workers: Workers, replaced: frozenset[ProcessRecord]) -> str:
    """Why it is not in force yet; empty: it is."""
    if left := workers.serving & replaced:
        return f"{len(left)} workers of nginx still follow the route before"
    if not workers.serving:
        return "nginx has no worker"
    # Asked only now: while workers of both kinds take connections, either may answer.
    try:
        told = await status.ask(part.settings.status, part.app)
    except TemporaryError as error:
        return error.why
    if told is None or told.version != content.facts.version:
        return f"nginx tells version {told.version if told else 'none'}, not {content.facts.version}"
    return ""
