"""What an archive holds: checked entry by entry, and summed up in one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bluegreen.core.errors import InvalidInput

LIMIT_BYTES = 4 * 1024**3
LIMIT_FILES = 200_000

_LONGEST_PATH = 2048
_DEEPEST_PATH = 128
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, symbolic link or folder."""

    path: str
    kind: Literal["file", "link", "folder"]
    executable: bool = False
    size: int = 0
    sha256: str = ""
    target: str = ""
    """Where a link points, as written."""
    mode: int = 0o644
    mtime: int = 0
    """Both are no part of what an artifact is: they are as the first who sent it had them."""


class Manifest:
    """The entries of one archive. Refuses what may not be in a release folder, and what is too large.

    Raises (every method): InvalidInput, which names the entry.
    """

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES) -> None:
        self.entries: dict[str, Entry] = {}
        self._folders: set[str] = set()
        self._bytes = 0
        self._limit_bytes = limit_bytes
        self._limit_files = limit_files

    def reserve(self, path: str, kind: Literal["file", "link", "folder"]) -> None:
        """Check that an entry may be here, before anything of it is written."""
        if path in self.entries or (path in self._folders and kind != "folder"):
            raise refused(path, "It is in the archive twice.")
        parent = os.path.dirname(path)
        while parent and parent not in self._folders:
            if parent in self.entries:
                raise refused(path, f"{shown(parent)} is a {self.entries[parent].kind}, not a folder.")
            self._folders.add(parent)
            parent = os.path.dirname(parent)
        if kind == "folder":
            self._folders.add(path)
        if len(self.entries) + len(self._folders) >= self._limit_files:
            raise _too_large(f"It holds more than {self._limit_files} files and folders.")

    def count(self, size: int) -> None:
        """Count this many bytes of content, before they are written."""
        self._bytes += size
        if self._bytes > self._limit_bytes:
            raise _too_large(f"It holds more than {self._limit_bytes / 1024**2:.0f} MiB.")

    def add(self, entry: Entry) -> None:
        """Take an entry in; folders were noted by `reserve`."""
        if entry.kind != "folder":
            self.entries[entry.path] = entry

    def links(self) -> Mapping[str, str]:
        """Target of each symbolic link, all of them checked to stay inside, through whatever other links they go."""
        links = {entry.path: entry.target for entry in self.entries.values() if entry.kind == "link"}
        for path, target in links.items():
            if not _stays_inside(path, target, links):
                raise refused(path, f"It is a link to {shown(target)}, which is outside of the folder.")
        return links

    def all(self) -> list[Entry]:
        """Every file, every link and every empty folder, in order of path."""
        used = {os.path.dirname(path) for path in (*self.entries, *self._folders)}
        empty = [Entry(path, "folder") for path in self._folders - used]
        return sorted((*self.entries.values(), *empty), key=lambda entry: os.fsencode(entry.path))

    def files(self) -> Iterator[Entry]:
        """Every file."""
        return (entry for entry in self.entries.values() if entry.kind == "file")

    def digest(self) -> str:
        """SHA-256 over path, kind, executable bit, size, content and link target of everything, in order of path.

        Folders count where they are empty. Times, owners and the archive's format do not.
        """
        total = hashlib.sha256()
        for entry in self.all():
            executable = "x" if entry.executable else "-"
            fields = (entry.path, entry.kind, executable, str(entry.size), entry.sha256, entry.target)
            total.update(b"".join(os.fsencode(field) + b"\0" for field in fields))
        return total.hexdigest()


def safe_path(name: str) -> str:
    """A member's name as a relative path without ``.`` parts; empty for the top folder itself.

    Raises:
        InvalidInput: it is absolute, goes up, or is too long or too deep.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/"):
        raise refused(name, "Its path is absolute.")
    if ".." in parts or "\0" in name:
        raise refused(name, "Its path leads out of the folder.")
    if len(parts) > _DEEPEST_PATH or len(os.fsencode(name)) > _LONGEST_PATH:
        raise refused(name, f"Its path is deeper than {_DEEPEST_PATH} folders or longer than {_LONGEST_PATH} bytes.")
    return "/".join(parts)


def refused(path: str, why: str) -> InvalidInput:
    """The error for an entry that may not be in an artifact."""
    return InvalidInput(
        f"{shown(path)} may not be in an artifact.",
        why=why,
        cure="Leave it out: name it in .bluegreenignore, or make the archive without it.",
    )


def shown(path: str) -> str:
    """A path that came from outside, fit for a message."""
    text = "".join(char if char.isprintable() else "?" for char in path)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _too_large(why: str) -> InvalidInput:
    return InvalidInput(
        "The artifact is too large.",
        why=why,
        cure="Name what the application does not need in .bluegreenignore, and keep data and models elsewhere.",
    )


def _stays_inside(path: str, target: str, links: Mapping[str, str]) -> bool:
    """Follow a link part by part as the kernel would: going up after another link counts from where that leads."""
    if not target or target.startswith("/") or "\0" in target:
        return False
    here = path.split("/")[:-1]
    rest = target.split("/")[::-1]
    followed = 0
    while rest:
        part = rest.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not here:
                return False
            here.pop()
            continue
        here.append(part)
        onward = links.get("/".join(here))
        if onward is not None:
            followed += 1
            if followed > _MOST_LINKS or onward.startswith("/"):
                return False
            here.pop()
            rest += onward.split("/")[::-1]
    return True
