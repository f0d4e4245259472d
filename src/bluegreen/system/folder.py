"""What of a folder belongs to an artifact, file by file, without packing it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bluegreen.core.errors import InvalidInput
from bluegreen.system.ignore import packed_files
from bluegreen.system.manifest import Entry, Manifest, refused, safe_path, shown


@dataclass(frozen=True)
class Folder:
    """A folder as it was read."""

    manifest: Manifest
    places: dict[str, str]
    """A file for each content, by its SHA-256."""


def read_folder(folder: Path) -> Folder:
    """Sum up every file that the ignore files leave over. Contents are not held in memory.

    Raises:
        InvalidInput: it is no folder, is too large, cannot be read, or has a link that leads out of it.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder.", cure="Name the folder that holds bluegreen.yaml.")
    manifest = Manifest()
    places: dict[str, str] = {}
    for path, entry in packed_files(folder):
        found = _entry(manifest, safe_path(path), entry)
        manifest.add(found)
        if found.kind == "file":
            places.setdefault(found.sha256, entry.path)
    manifest.links()
    return Folder(manifest, places)


def changed(path: str) -> InvalidInput:
    """The error for a file that is not what it was a moment ago."""
    return InvalidInput(f"{shown(path)} changed while it was packed.", cure="Try again.")


def _entry(manifest: Manifest, path: str, entry: os.DirEntry[str]) -> Entry:
    seen = entry.stat(follow_symlinks=False)
    mtime = max(0, int(seen.st_mtime))
    if entry.is_symlink():
        manifest.reserve(path, "link")
        return Entry(path, "link", target=os.readlink(entry.path))
    manifest.reserve(path, "file")
    manifest.count(seen.st_size)
    try:
        with open(entry.path, "rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            size = content.tell()
    except PermissionError as error:
        raise refused(path, "It cannot be read.") from error
    except FileNotFoundError as error:
        raise changed(path) from error
    if size != seen.st_size:
        raise changed(path)
    mode = stat.S_IMODE(seen.st_mode)
    return Entry(path, "file", bool(mode & stat.S_IXUSR), size, sha256, "", mode, mtime)
