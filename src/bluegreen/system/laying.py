"""A release's folder out of kept contents."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.system.contents import Contents
from bluegreen.system.manifest import Entry, Manifest
from bluegreen.system.whole_folder import whole_folder

_FICLONE = 0x40049409
"""linux/fs.h: both files share their blocks until one of them is written to."""
_PIECE = 1 << 30
_CANNOT = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTTY, errno.EBADF)


def lay_out(manifest: Manifest, contents: Contents, into: Path) -> None:
    """Copy what a manifest names into a folder that does not exist yet; it appears whole or not at all.

    Copies, never links: what an application writes into its folder stays there.

    Raises:
        PermanentError: a content is gone, or the folder cannot be written (disk full).
    """
    with whole_folder(into) as partial:
        for entry in manifest.all():
            place = partial / entry.path
            (place if entry.kind == "folder" else place.parent).mkdir(parents=True, exist_ok=True)
            if entry.kind == "file":
                _file(contents, entry, place)
        # Last, so that nothing can have been written through one of them.
        for path, target in manifest.links().items():
            os.symlink(target, partial / path)


def _file(contents: Contents, entry: Entry, place: Path) -> None:
    kept = contents.path(entry.sha256)
    if not contents.has(entry.sha256, entry.size):
        raise PermanentError(
            f"The content of {entry.path} is gone.",
            why=f"{kept} does not exist, or is damaged.",
            cure="Deploy the release again from its sources.",
        )
    copy(kept, place)
    os.chmod(place, entry.mode & 0o755 | 0o600)
    os.utime(place, (entry.mtime, entry.mtime))


def copy(source: Path, target: Path) -> None:
    """Copy a content by the cheapest way that the file system has. Raises OSError."""
    with source.open("rb") as there, target.open("xb") as here:
        try:
            fcntl.ioctl(here, _FICLONE, there.fileno())
            return
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
        try:
            while os.copy_file_range(there.fileno(), here.fileno(), _PIECE):
                pass
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            shutil.copyfileobj(there, here)
