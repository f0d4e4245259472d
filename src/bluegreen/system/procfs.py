"""What the kernel tells of processes in ``/proc``."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stat:
    """The part of ``/proc/PID/stat`` that tells processes apart and whether they run."""

    pid: int
    state: str
    parent: int
    session: int
    threads: int
    ticks: int
    """Start time in clock ticks since the machine started, as the kernel writes it."""

    @property
    def ended(self) -> bool:
        """Whether it is a zombie. One whose first thread ended before the others still runs."""
        return self.state in "ZX" and self.threads <= 1


def read_stat(pid: int) -> Stat | None:
    """The process with this pid as it is now; None when there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name may hold blanks and parentheses: what counts begins after the last one.
    fields = text[text.rindex(")") + 2 :].split()
    return Stat(pid, fields[0], int(fields[1]), int(fields[3]), int(fields[17]), int(fields[19]))


def all_stats() -> Iterator[Stat]:
    """Every process that can be seen now."""
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := read_stat(int(name))) is not None:
            yield stat


def read_environ(pid: int) -> tuple[str, ...]:
    """``NAME=value`` strings that the process was started with; empty when they cannot be read (another user's)."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return tuple(file.read().decode(errors="replace").split("\0"))
    except OSError:
        return ()


def is_own(pid: int) -> bool:
    """Whether the process runs as our user."""
    try:
        return os.stat(f"/proc/{pid}").st_uid == os.geteuid()
    except OSError:
        return False


@functools.cache
def boot_id() -> str:
    """Names this run of the machine: pids and ticks mean nothing after the next start."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
