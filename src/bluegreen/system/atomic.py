"""Files that are either the old or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

from bluegreen.system.faults import point

_NUMBER = re.compile(r"[0-9a-f]{16}|\d+")
"""What tells one run from the next in the name of a file, digests included."""


def replace_file(path: Path, data: bytes, *, mode: int = 0o600, sync: bool = True) -> None:
    """Replace the content of ``path`` in one step; readers see the old or the new content, never a part.

    ``sync``: it also survives a power cut once this returns. Raises OSError; then the old content stays.
    """
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        point(f"before replacing {_NUMBER.sub('N', path.name)}")
        os.replace(name, path)
        point(f"after replacing {_NUMBER.sub('N', path.name)}")
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if sync:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
