"""A process that others come before."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def give_way(by: int) -> None:
    """Lower this process's claim to the processors, by so much as `nice` counts it.

    Linux may share them out between sessions first (autogroup), and look at niceness only within one: so the session,
    where this process leads its own, gives way as well.
    """
    os.nice(by)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(f"{by}\n", encoding="ascii")
