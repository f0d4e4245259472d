"""The environment that everything which is run for a user begins with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_KEPT = frozenset({"HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"})


def base_environment() -> dict[str, str]:
    """The few variables of ours that are the user's and the machine's, without a trace of bluegreen's own
    virtual environment. Nothing else of our environment is inherited: it may hold secrets of another application."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("LC_")}
    return kept | {"PATH": _search_path()}


def _search_path() -> str:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if sys.prefix != sys.base_prefix:
        own = Path(sys.prefix).resolve()
        folders = [folder for folder in folders if not Path(folder).resolve().is_relative_to(own)]
    return os.pathsep.join(folders) or os.defpath
