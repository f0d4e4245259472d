"""Detached processes: started so that they outlive us, found again, waited for, signalled and ended."""

from __future__ import annotations

import asyncio
import os
import signal as signals
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bluegreen.core.errors import TemporaryError
from bluegreen.system.faults import point
from bluegreen.system.identity import ProcessRecord as ProcessRecord
from bluegreen.system.identity import is_running as is_running
from bluegreen.system.identity import open_pidfd, record_of, wait_pidfd
from bluegreen.system.procfs import read_stat
from bluegreen.system.session import Members

_KILL_WITHIN = 10.0
_EXITS_KEPT = 256

_children: dict[ProcessRecord, subprocess.Popen[bytes]] = {}
"""Processes that we started and have not reaped: until then their pids cannot be used again."""
_exits: dict[ProcessRecord, str] = {}
"""How the newest of our reaped children ended."""


def spawn_detached(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: str | Path, log: Path, mode: int = 0o600
) -> ProcessRecord:
    """Start a process in a session of its own, with its output appended straight to the file ``log``.

    It survives our death. ``mode`` is the log file's when it is created. Raises OSError when ``argv[0]``, ``cwd`` or
    the log cannot be used.
    """
    point("before starting a process")
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        child = subprocess.Popen(  # noqa: S603 - running what the user wrote is the purpose
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    finally:
        os.close(out)
    point("after starting a process")
    stat = read_stat(child.pid)
    assert stat is not None, "a child that was not reaped is always there"
    record = record_of(stat)
    _children[record] = child
    return record


async def wait_ended(record: ProcessRecord, *, reap: bool = True) -> None:
    """Return when that very process has ended; it need not be our child.

    A child of ours is reaped, unless ``reap`` is false: then its pid, and with it the proof of who belongs to its
    session, stays until `end`.
    """
    fd = open_pidfd(record)
    if fd is not None:
        try:
            await wait_pidfd(fd)
        finally:
            os.close(fd)
    if reap:
        _reap(record)


def exit_text(record: ProcessRecord) -> str | None:
    """How it ended, ``exit 1`` or ``signal KILL``, where that can be known: only of an ended child of ours."""
    _reap(record)
    return _exits.get(record)


def send_signal(record: ProcessRecord, signal: int) -> bool:
    """Signal that very process, never another that has its pid now; False when it is gone."""
    fd = open_pidfd(record)
    if fd is None:
        return False
    try:
        signals.pidfd_send_signal(fd, signal)
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)
    return True


async def end(record: ProcessRecord | None, signal: int, within: float, *, marker: str | None = None) -> bool:
    """End a session leader and everything that it started; return when every member is gone.

    All get ``signal``, and KILL what is left after ``within`` seconds: True when something had to be killed. With
    ``marker`` (``NAME=value`` in the environment it was started with) members are also found when the leader is
    gone, or when they left its session. What is not proved to belong to it is never signalled.

    Raises:
        TemporaryError: something does not even end after KILL (it hangs in the kernel).
    """
    members = Members(record, marker)
    try:
        killed = members.find_more() and await _signal_and_wait(members, signal, within)
    finally:
        members.close()
    if record is not None:
        _reap(record)
    return killed


async def _signal_and_wait(members: Members, signal: int, within: float) -> bool:
    members.signal(signal)
    # A stopped process would not see the signal before it goes on.
    members.signal(signals.SIGCONT)
    try:
        async with asyncio.timeout(within):
            await members.wait_gone(signal)
    except TimeoutError:
        pass
    else:
        return signal == signals.SIGKILL
    members.signal(signals.SIGKILL)
    try:
        async with asyncio.timeout(_KILL_WITHIN):
            await members.wait_gone(signals.SIGKILL)
    except TimeoutError as error:
        raise TemporaryError(
            "A process does not end, even after KILL.",
            why="It hangs in the kernel, most often on a disk or a network file system that does not answer.",
            cure="Look for processes in state D with `ps -eo pid,state,wchan,args`.",
            retry_after=5.0,
        ) from error
    return True


def _reap(record: ProcessRecord) -> None:
    child = _children.get(record)
    if child is None or (code := child.poll()) is None:
        return
    del _children[record]
    _exits[record] = f"exit {code}" if code >= 0 else f"signal {signals.Signals(-code).name[3:]}"
    while len(_exits) > _EXITS_KEPT:
        del _exits[next(iter(_exits))]
