"""Named points between two side effects, at which a test may kill the controller to see that it recovers.

Set ``BLUEGREEN_FAULT_TRACE`` to a file to list the points that a run passes, or ``BLUEGREEN_FAULT`` to ``NAME`` or
``NAME#3`` to kill this process with SIGKILL when it passes that point (for the third time). Neither is set in
production, where a point costs one look into a dictionary.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Pass a point."""
    wanted = os.environ.get("BLUEGREEN_FAULT")
    trace = os.environ.get("BLUEGREEN_FAULT_TRACE")
    if wanted is None and trace is None:
        return
    _passed[name] += 1
    here = f"{name}#{_passed[name]}"
    if trace is not None:
        with open(trace, "a", encoding="utf-8") as file:
            file.write(here + "\n")
    if wanted in (here, name):
        os.kill(os.getpid(), signal.SIGKILL)
