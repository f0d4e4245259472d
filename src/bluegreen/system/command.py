"""A command run to its end: a check, a build or a hook. Nothing that it started outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal as signals
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bluegreen.core.errors import PermanentError
from bluegreen.core.output import Mask
from bluegreen.system import process
from bluegreen.system.command_output import CommandOutput
from bluegreen.system.identity import ProcessRecord, open_pidfd, record_of, wait_pidfd
from bluegreen.system.procfs import read_stat

GRACE = 5.0
"""Seconds between TERM and KILL, when its time is over or it is cancelled."""

_CHUNK = 1 << 16
_FLOOD = 16 << 20
_FLOOD_PAUSE = 0.01
_KEY = "BLUEGREEN_COMMAND"


@dataclass(frozen=True)
class CommandOutcome:
    """How a command ended."""

    exit: int
    """Exit code; negative for the signal that ended it."""
    output_tail: str
    """The end of what it wrote, 4 kB at most, without secrets and control characters."""
    timed_out: bool
    seconds: float
    within: float

    @property
    def succeeded(self) -> bool:
        return self.exit == 0 and not self.timed_out

    @property
    def ended(self) -> str:
        """``exit 1``, ``signal KILL``, or ``no end within 5 s``."""
        if self.timed_out:
            return f"no end within {self.within:g} s"
        return f"exit {self.exit}" if self.exit >= 0 else f"signal {signals.Signals(-self.exit).name[3:]}"


async def run_command(
    command: str,
    folder: str | Path,
    env: Mapping[str, str],
    within: float,
    *,
    secrets: Sequence[str] = (),
    log: Path | None = None,
    key: str | None = None,
    given: bytes = b"",
) -> CommandOutcome:
    """Run ``sh -c command`` in a folder, with this environment and no other, for at most ``within`` seconds.

    ``given`` is its standard input.

    It has a session of its own. Everything in it ends when the command ends, when its time is over, or when this is
    cancelled (TERM first, KILL after `GRACE`). Its output, without ``secrets``, is also appended to the file ``log``,
    up to 16 MB of it. ``key`` names this step for good: what an earlier controller left running of it is ended first.

    Raises:
        PermanentError: it cannot be started (its folder is gone, say).
    """
    if key is not None:
        env = {**env, _KEY: key}
        await process.end(None, signals.SIGKILL, GRACE, marker=f"{_KEY}={key}")
    started = time.monotonic()
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        child = _start(command, folder, env, writing, given)
        with CommandOutput(Mask(secrets), log) as output:
            with _pumped(reading, output.feed):
                timed_out = await _wait(child, within)
            output.drain(reading)
            seconds = time.monotonic() - started
            return CommandOutcome(child.returncode, output.tail(), timed_out, seconds, within)
    finally:
        os.close(reading)


def _start(
    command: str, folder: str | Path, env: Mapping[str, str], output: int, given: bytes
) -> subprocess.Popen[bytes]:
    """Start it with this end of a pipe for its output, which is closed here in any case."""
    try:
        with _input(given) as standard_input:
            return subprocess.Popen(  # noqa: S603 - running what the user wrote is the purpose
                ["/bin/sh", "-c", command],
                cwd=folder,
                env=env,
                stdin=standard_input,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        raise PermanentError(
            f"`{command}` cannot be started in {folder}.",
            why=f"{error.strerror if isinstance(error, OSError) else error}.",
            cure="Check that the folder is still there, and the size of the environment.",
        ) from error
    finally:
        os.close(output)


@contextlib.contextmanager
def _input(given: bytes) -> Iterator[int | IO[bytes]]:
    """What a command reads: a file without a name, since nobody waits for a command that does not read a pipe."""
    if not given:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        yield file


async def _wait(child: subprocess.Popen[bytes], within: float) -> bool:
    """Wait for the command and end what it left behind; whether it had to be ended itself."""
    stat = read_stat(child.pid)
    assert stat is not None, "a child that was not reaped is always there"
    record = record_of(stat)
    pidfd = open_pidfd(record)
    assert pidfd is not None
    signal = signals.SIGTERM
    try:
        async with asyncio.timeout(within):
            await wait_pidfd(pidfd)
        signal = signals.SIGKILL
        return False
    except TimeoutError:
        return True
    finally:
        os.close(pidfd)
        # Before the child is reaped: its pid proves which session is meant. Shielded: who cancels twice leaves nothing.
        await asyncio.shield(asyncio.create_task(_end(child, record, signal)))


async def _end(child: subprocess.Popen[bytes], record: ProcessRecord, signal: int) -> None:
    await process.end(record, signal, GRACE)
    child.wait()


@contextlib.contextmanager
def _pumped(fd: int, feed: Callable[[bytes], None]) -> Iterator[None]:
    """Feed what comes out of a pipe, as it comes; a flood at a pace that leaves time for everything else."""
    loop = asyncio.get_running_loop()
    total = 0
    pause: asyncio.TimerHandle | None = None

    def pump() -> None:
        nonlocal total, pause
        data = os.read(fd, _CHUNK)
        total += len(data)
        feed(data)
        if not data or total > _FLOOD:
            loop.remove_reader(fd)
        if data and total > _FLOOD:
            pause = loop.call_later(_FLOOD_PAUSE, loop.add_reader, fd, pump)

    loop.add_reader(fd, pump)
    try:
        yield
    finally:
        loop.remove_reader(fd)
        if pause is not None:
            pause.cancel()
