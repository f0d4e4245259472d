"""Contents of files, each kept once under its SHA-256, whatever it is called and whoever sent it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import threading
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from bluegreen.core.errors import InvalidInput, Refused
from bluegreen.system.faults import point

KEPT_MODE = 0o400
_UNFINISHED = "unfinished"
_INCOMING = ".incoming-"


class Contents:
    """A folder of contents. Names are digests, never what a caller chose; a content appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unfinished = folder / _UNFINISHED
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # of parents, the next line would not set the mode
        self.unfinished.mkdir(mode=0o700, exist_ok=True)
        self._taken: set[str] = set()
        """Contents that somebody is sending at this moment."""
        self._guard = threading.Lock()

    def path(self, sha256: str) -> Path:
        """Where a content is kept."""
        return self._folder / sha256[:2] / sha256[2:]

    def has(self, sha256: str, size: int | None = None) -> bool:
        """Whether it is kept; with ``size``: and has that many bytes."""
        kept = self._size(self.path(sha256))
        return kept is not None and (size is None or kept == size)

    def size(self, sha256: str) -> int | None:
        """Bytes of a kept content."""
        return self._size(self.path(sha256))

    def begun(self, sha256: str) -> int:
        """How many bytes of an unfinished upload are there."""
        return self._size(self.unfinished / sha256) or 0

    def all_begun(self) -> Iterator[str]:
        """The contents whose upload is under way or broke off."""
        return (path.name for path in self.unfinished.iterdir() if not path.name.startswith(_INCOMING))

    @staticmethod
    def _size(path: Path) -> int | None:
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None

    def incoming(self) -> Path:
        """A new place for a content under way that is not resumed."""
        return self.unfinished / f"{_INCOMING}{os.getpid()}-{os.urandom(6).hex()}"

    def keep(self, file: Path, sha256: str) -> None:
        """Take in a file that was found to have this content, and that is on the disk already."""
        place = self.path(sha256)
        try:
            file.replace(place)
        except FileNotFoundError:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            file.replace(place)

    @contextlib.contextmanager
    def receiving(self, sha256: str, offset: int) -> Iterator[Part]:
        """Go on with a content behind its first ``offset`` bytes, which are there.

        What was received stays when the block is left early, except when the disk was full.

        Raises:
            Refused: somebody else is sending it, or fewer bytes are there.
        """
        with self._guard:
            if sha256 in self._taken:
                raise Refused("Somebody else is sending this content.", cure="Wait until it is there.")
            self._taken.add(sha256)
        path = self.unfinished / sha256
        try:
            if self.begun(sha256) < offset:
                raise Refused(f"Of this content {self.begun(sha256)} bytes are there, not {offset}.")
            with FileIO(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.truncate(offset)
                file.seek(offset)
                yield Part(self, sha256, path, file)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                path.unlink(missing_ok=True)
            raise
        finally:
            with self._guard:
                self._taken.discard(sha256)

    def clear_incoming(self) -> None:
        """Delete what cannot be gone on with: its sender has to begin again."""
        for path in self.unfinished.glob(f"{_INCOMING}*"):
            path.unlink(missing_ok=True)

    def drop(self, needed: set[bytes], before: float) -> None:
        """Delete contents, finished or not, that came before a time and that nothing needs (digests, 32 bytes each)."""
        for folder in self._folder.iterdir():
            if folder.name == _UNFINISHED:
                continue
            for path in folder.iterdir():
                if bytes.fromhex(folder.name + path.name) not in needed:
                    _delete_older(path, before)
        for path in self.unfinished.iterdir():
            if path.name not in self._taken and not _named(path.name, needed):
                _delete_older(path, before)


class Part:
    """A content that is being received."""

    def __init__(self, contents: Contents, sha256: str, path: Path, file: FileIO) -> None:
        self._contents, self._sha256, self._path = contents, sha256, path
        self._file = file

    def write(self, chunk: bytes) -> None:
        """Raises OSError."""
        view = memoryview(chunk)
        while view:
            view = view[self._file.write(view) :]

    def finish(self) -> None:
        """Everything is there: keep it. Raises InvalidInput, and deletes it, when it is another content."""
        os.fsync(self._file.fileno())
        with self._path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self._sha256:
            self._path.unlink()
            raise damaged(self._sha256, found)
        point("before keeping a content")
        self._contents.keep(self._path, self._sha256)
        # Not sooner: what is not kept yet is written to again after a crash.
        os.fchmod(self._file.fileno(), KEPT_MODE)
        point("after keeping a content")


def damaged(announced: str, found: str) -> InvalidInput:
    """The error for a content that is not what it was said to be."""
    return InvalidInput(
        "A file is not what was announced.",
        why=f"Its content has the SHA-256 {found}, not {announced}.",
        cure="It was damaged on the way, or changed meanwhile: send it again.",
    )


def _named(sha256: str, needed: set[bytes]) -> bool:
    return not sha256.startswith(_INCOMING) and bytes.fromhex(sha256) in needed


def _delete_older(path: Path, before: float) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mtime < before:
            path.unlink()
