"""Keeps asking the sources of a watch, each at its own pace, so that a slow one holds up no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bluegreen.checks.sources import Asked, Source, Watched
from bluegreen.core.errors import BluegreenError
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import Watch

AFTERWARDS = 1.0
"""Seconds beyond a guard's own limit after which a reading is given up, should the source not keep to it."""


class Readings:
    """The newest readings of one watch."""

    def __init__(self, sources: Mapping[str, Source[Any]], watch: Watch, watched: Watched) -> None:
        self._sources = sources
        self._asked = [guard for guard in watch.guards if isinstance(guard, Asked)]
        self._watched = watched
        self._new: dict[str, Reading] = {}

    @contextlib.contextmanager
    def gathering(self) -> Iterator[None]:
        """As long as this is open, the sources are asked."""
        tasks = [asyncio.create_task(self._keep_asking(guard), name=guard.name) for guard in self._asked]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    def take(self) -> Mapping[str, Reading]:
        """What has been read since the last call, by guard name; the newest of each."""
        taken, self._new = self._new, {}
        return taken

    async def _keep_asking(self, guard: Asked) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            self._new[guard.name] = await read_once(self._sources, guard, self._watched)
            await asyncio.sleep(max(0.0, began + guard.every - loop.time()))


async def read_once(sources: Mapping[str, Source[Any]], guard: Asked, watched: Watched) -> Reading:
    """One reading; whatever goes wrong makes it a missing one."""
    source = sources.get(guard.kind)
    if source is None:
        return Reading(why=f"nothing that reads `{guard.kind}` is installed")
    try:
        async with asyncio.timeout(guard.within + AFTERWARDS):
            return await source.read(guard, watched)
    except TimeoutError:
        return Reading(why=f"no answer within {guard.within:g} s")
    except BluegreenError as error:
        return Reading(why=error.what)
    except Exception as error:
        return Reading(why=f"it could not be read: {type(error).__name__}: {error}")


async def remembered(
    sources: Mapping[str, Source[Any]], guard: Asked, watched: Watched, seconds: float
) -> Sequence[float] | str:
    """What a source remembers of the last seconds; a text when that cannot be had: why."""
    source = sources.get(guard.kind)
    if source is None:
        return f"nothing that reads `{guard.kind}` is installed"
    try:
        async with asyncio.timeout(guard.within + AFTERWARDS):
            return await source.before(guard, watched, seconds)
    except TimeoutError:
        return f"no answer within {guard.within:g} s"
    except BluegreenError as error:
        return f"{error.what} {error.why}".strip()
    except Exception as error:
        return f"it could not be asked: {type(error).__name__}: {error}"
