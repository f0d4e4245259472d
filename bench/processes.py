"""What processes take."""

from __future__ import annotations

import json
import os
from pathlib import Path


def processor_time(pid: int) -> float:
    """Seconds that a process has taken, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def envoy_pid(home: Path) -> int:
    """The Envoy of a controller's home."""
    return int(json.loads((home / "envoy" / "process.json").read_text())["pid"])
