"""The logs of one home: where each instance's lies, reading them together, and keeping them small."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import structlog

from bluegreen.runtimes.base import InstanceId
from bluegreen.runtimes.process.logfile import LARGEST, LogFile

_ROTATE_EVERY = 0.25
_FOLLOW_EVERY = 0.2
_LONGEST_LINE = 64 << 10

_log = structlog.get_logger()


class Logs:
    """Logs live at ``apps/APP/logs/PLACE/COMPONENT-INDEX.log`` and go on over generations and restarts."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._files: dict[Path, LogFile] = {}

    def of(self, id: InstanceId) -> LogFile:
        """The log of this instance, and of every other with its place, component and index."""
        return self._file(self._folder(id.app, id.place) / f"{id.component}-{id.index}.log")

    async def keep_small(self) -> None:
        """Rotate what grew too large, for ever."""
        while True:
            await asyncio.sleep(_ROTATE_EVERY)
            for file in list(self._files.values()):
                try:
                    if file.path.exists() and file.path.stat().st_size > LARGEST:
                        await asyncio.to_thread(file.rotate)
                except OSError as error:
                    _log.warning("log not rotated", path=str(file.path), error=str(error))

    async def read(self, app: str, place: str, component: str, lines: int, follow: bool) -> AsyncGenerator[str, None]:
        """As `Runtime.logs`."""
        readers: dict[int, _Reader] = {}
        for index, file in self._of_component(app, place, component):
            last, position = file.tail(lines)
            readers[index] = _Reader(file, f"{component}.{index} | ", position)
            for line in last:
                yield readers[index].prefix + line
            if not follow and (line := readers[index].read_rest()):
                yield line
        while follow:
            new = False
            for index, file in self._of_component(app, place, component):
                reader = readers.setdefault(index, _Reader(file, f"{component}.{index} | ", 0))
                for line in reader.read_lines():
                    new = True
                    yield line
            # What comes faster than it is read leaves no time to wait, but does to let others run.
            await asyncio.sleep(0 if new else _FOLLOW_EVERY)

    def _of_component(self, app: str, place: str, component: str) -> Iterator[tuple[int, LogFile]]:
        found = {}
        for path in self._folder(app, place).glob("*.log"):
            name, _, index = path.stem.rpartition("-")
            if name == component and index.isdigit():
                found[int(index)] = path
        for number in sorted(found):
            yield number, self._file(found[number])

    def _folder(self, app: str, place: str) -> Path:
        return self._home / "apps" / app / "logs" / place

    def _file(self, path: Path) -> LogFile:
        return self._files.setdefault(path, LogFile(path))


class _Reader:
    """Reads one log on from a position, in whole lines."""

    def __init__(self, file: LogFile, prefix: str, position: int) -> None:
        self.prefix = prefix
        self._file = file
        self._position = position
        self._rest = b""

    def read_lines(self) -> Iterator[str]:
        data, self._position = self._file.read(self._position)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            yield self.prefix + line.decode(errors="replace")

    def read_rest(self) -> str:
        """A line that is not ended yet, or nothing."""
        rest = self._file.read(self._position)[0].split(b"\n")[0].decode(errors="replace")
        return self.prefix + rest if rest else ""
