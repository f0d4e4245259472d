"""Folders that appear whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen.core.errors import PermanentError


@contextmanager
def whole_folder(into: Path) -> Iterator[Path]:
    """A folder to be filled, which becomes ``into`` at the end of the block, and goes when that fails.

    What is under way is beside it under ``NAME.partial``; what an earlier attempt left there is removed. Not for two at
    a time. Raises PermanentError: it exists already, or cannot be written (disk full).
    """
    partial = into.with_name(f"{into.name}.partial")
    try:
        if into.exists() and any(into.iterdir()):
            raise PermanentError(f"{into} exists already.", cure="Remove it, or use it as it is.")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        try:
            yield partial
            flush(partial)
            partial.rename(into)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise unwritable(f"The artifact cannot be unpacked into {into}.", error) from error


def unwritable(what: str, error: OSError) -> PermanentError:
    """The error for something that the disk did not take."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return PermanentError(
        what,
        why=f"{error.strerror or error}.",
        cure="Free some disk space." if full else "Check the folder's permissions, and the names of the files.",
    )


def flush(folder: Path) -> None:
    """Bring a folder's content to the disk before its name: after a power failure it is whole or not there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        ctypes.CDLL(None).syncfs(handle)
    finally:
        os.close(handle)
