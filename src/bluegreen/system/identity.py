"""Which process is meant: pids are reused, so a process is named by pid, start ticks and boot id together."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from bluegreen.system.procfs import Stat, boot_id, read_stat


@dataclass(frozen=True)
class ProcessRecord:
    """The identity of one process for good; JSON-able with ``dataclasses.asdict``."""

    pid: int
    ticks: int
    """Start ticks as in ``/proc/PID/stat``."""
    boot: str


def record_of(stat: Stat) -> ProcessRecord:
    """The identity of a process that is there now."""
    return ProcessRecord(stat.pid, stat.ticks, boot_id())


def find(record: ProcessRecord) -> Stat | None:
    """That very process, also as a zombie; None when it is gone, whoever has its pid now."""
    if record.boot != boot_id():
        return None
    stat = read_stat(record.pid)
    return stat if stat is not None and stat.ticks == record.ticks else None


def is_running(record: ProcessRecord) -> bool:
    """Whether that very process runs. A zombie has ended."""
    stat = find(record)
    return stat is not None and not stat.ended


def open_pidfd(record: ProcessRecord) -> int | None:
    """A file descriptor of that very process (the caller closes it); None when it is gone."""
    if record.boot != boot_id():
        return None
    try:
        fd = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return None
    # Identity is read after the descriptor was opened: what it names can be no later process.
    if find(record) is None:
        os.close(fd)
        return None
    return fd


async def wait_pidfd(fd: int) -> None:
    """Return when the process behind this descriptor has ended, as a zombie or altogether."""
    loop = asyncio.get_running_loop()
    # A descriptor of its own: two tasks may wait for one process, and a loop has one reader for each descriptor.
    own = os.dup(fd)
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(own, _set_done, ended)
    try:
        await ended
    finally:
        loop.remove_reader(own)
        os.close(own)


def _set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
