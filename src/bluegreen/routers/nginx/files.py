"""Files of the folder that nginx includes."""

from __future__ import annotations

from pathlib import Path

from bluegreen.core.errors import TemporaryError
from bluegreen.system.atomic import replace_file


def write(file: Path, data: bytes) -> None:
    """Write it whole. Raises TemporaryError when it cannot be written."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(file, data, mode=0o600)
    except OSError as error:
        raise TemporaryError(
            f"{file} could not be written", why=str(error), cure="free disk space, or make it writable", retry_after=1.0
        ) from error


def read(file: Path) -> bytes | None:
    """What is in it; None when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None
