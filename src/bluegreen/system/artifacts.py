"""Artifacts under the controller's home: whole archives as they were sent, or manifests of contents that are shared."""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bluegreen.core.errors import InvalidInput, NotFound, PermanentError, Refused
from bluegreen.system import listing
from bluegreen.system.archive import digest_of, manifest_of, read_member, unpack
from bluegreen.system.contents import Contents
from bluegreen.system.faults import point
from bluegreen.system.laying import lay_out
from bluegreen.system.manifest import Entry, Manifest

KEPT = ".files"
ANNOUNCED = ".announced"
_INCOMING = ".incoming-"


@dataclass(frozen=True)
class Announcement:
    """What of an artifact is there. ``complete``: all of it, so that it can be deployed."""

    complete: bool
    files: int
    bytes: int
    missing: tuple[str, ...] = ()
    """SHA-256 of each content that is not there."""
    begun: Mapping[str, int] = field(default_factory=dict)
    """Bytes that are there of those among them whose upload broke off."""


class Artifacts:
    """Every artifact by the digest of its content. Its methods may be called from several threads."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "artifacts"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.contents = Contents(home / "files")
        self._guard = threading.RLock()
        """Held while it is decided what is missing, and while what nothing needs is deleted."""

    def archive(self, digest: str) -> Path:
        """Where a whole archive is kept."""
        return self._folder / digest

    def _listed(self, digest: str, suffix: str) -> Path:
        return self._folder / f"{digest}{suffix}"

    def has(self, digest: str) -> bool:
        return self.archive(digest).is_file() or self._listed(digest, KEPT).is_file()

    def incoming(self) -> Path:
        """A new place for an upload, in the same file system."""
        return self._folder / f"{_INCOMING}{os.getpid()}-{os.urandom(6).hex()}"

    # --- whole archives

    def accept(self, upload: Path, digest: str) -> None:
        """Take an archive in under its digest. Raises InvalidInput when its content has another one."""
        actual = digest_of(upload)
        if actual != digest:
            raise _another("artifact", actual, digest)
        point("before taking an artifact in")
        upload.replace(self.archive(digest))
        point("after taking an artifact in")

    # --- artifacts by file

    def announce(self, digest: str, upload: Path) -> Announcement:
        """Note what an artifact consists of, and tell what of it is missing. Idempotent.

        Raises:
            InvalidInput: the manifest is wrong, has what no artifact may have, or has another digest.
            OSError: the disk is full, or would be.
        """
        with upload.open("rb") as file:
            manifest = listing.read(_lines(file))
        if manifest.digest() != digest:
            raise _another("manifest", manifest.digest(), digest)
        with self._guard:
            if self.has(digest):
                self._refresh(digest)
                return self._told(manifest, complete=True)
            self._write(manifest, self._listed(digest, ANNOUNCED))
            point("after announcing an artifact")
            found = self._told(manifest, complete=False)
            self._refuse_too_much(manifest, found)
        return found if found.missing else self.complete(digest)

    def _write(self, manifest: Manifest, path: Path) -> None:
        """Line by line: a manifest may be large."""
        new = self.incoming()
        try:
            with new.open("wb") as file:
                file.writelines(listing.written(manifest))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)

    def _refuse_too_much(self, manifest: Manifest, found: Announcement) -> None:
        """Better said before it is sent than when the disk is full. Raises OSError (ENOSPC)."""
        missing = set(found.missing)
        needed = sum({e.sha256: e.size for e in manifest.files() if e.sha256 in missing}.values())
        free = shutil.disk_usage(self._folder).free
        if needed > free + sum(found.begun.values()):
            raise OSError(errno.ENOSPC, f"{needed:,} bytes are missing of it, and {free:,} are free")

    def complete(self, digest: str) -> Announcement:
        """Keep an announced artifact whose contents are all there.

        Raises:
            NotFound: nobody announced it. Refused: contents are missing.
        """
        with self._guard:
            if self.has(digest):
                self._refresh(digest)
                return Announcement(True, 0, 0)
            announced = self._listed(digest, ANNOUNCED)
            if not announced.is_file():
                raise NotFound(f"No artifact {digest[:16]}… was announced.", cure="Send its manifest first.")
            manifest = self._manifest(announced)
            found = self._told(manifest, complete=False)
            if found.missing:
                raise Refused(
                    f"{len(found.missing)} of the artifact's {found.files} files are not there.",
                    why=f"Among them the one with the SHA-256 {found.missing[0]}.",
                    cure="Send its manifest again: the answer names what is missing.",
                )
            point("before completing an artifact")
            announced.rename(self._listed(digest, KEPT))
            point("after completing an artifact")
            return Announcement(True, found.files, found.bytes)

    def _told(self, manifest: Manifest, *, complete: bool) -> Announcement:
        sizes = {entry.sha256: entry.size for entry in manifest.files()}
        files, total = sum(1 for _ in manifest.files()), sum(entry.size for entry in manifest.files())
        if complete:
            return Announcement(True, files, total)
        missing = tuple(sha256 for sha256, size in sizes.items() if not self.contents.has(sha256, size))
        begun = {name: there for name in self.contents.all_begun() if (there := self.contents.begun(name))}
        return Announcement(False, files, total, missing, {name: begun[name] for name in missing if name in begun})

    def _refresh(self, digest: str) -> None:
        """It is wanted again: it is as good as new to `drop_unused`."""
        for path in (self.archive(digest), self._listed(digest, KEPT)):
            with contextlib.suppress(FileNotFoundError):
                os.utime(path)

    # --- what is in them

    def files_of(self, digest: str) -> Mapping[str, Entry]:
        """Every file and link of an artifact by its path. It reads an archive to its end. Raises PermanentError."""
        return dict(self._manifest_of(digest).entries)

    def read(self, digest: str, path: str, limit: int) -> bytes | None:
        """The content of one file of an artifact, a link followed; None when it has no such file.

        At most ``limit`` + 1 bytes, so that a larger one is told. It may read a whole archive. Raises PermanentError.
        """
        entry = _followed(self._manifest_of(digest).entries, path)
        if entry is None:
            return None
        if not self.archive(digest).is_file():
            with self.contents.path(entry.sha256).open("rb") as file:
                return file.read(limit + 1)
        return read_member(self.archive(digest), entry.path, limit)

    def _manifest_of(self, digest: str) -> Manifest:
        if self.archive(digest).is_file():
            return manifest_of(self.archive(digest))
        return self._manifest(self._listed(digest, KEPT))

    def _manifest(self, path: Path) -> Manifest:
        try:
            with path.open("rb") as file:
                return listing.read(_lines(file))
        except (OSError, InvalidInput) as error:
            raise PermanentError(
                "The manifest of an artifact cannot be read.", why=f"{path}: {error}", cure="Send the artifact again."
            ) from error

    def unpack(self, digest: str, into: Path) -> None:
        """Put an artifact into a folder that does not exist yet; it appears whole or not at all.

        Raises PermanentError: the artifact is gone, or the folder cannot be written.
        """
        if self.archive(digest).is_file():
            unpack(self.archive(digest), into)
        else:
            lay_out(self._manifest(self._listed(digest, KEPT)), self.contents, into)

    # --- what is no longer needed

    def clear_uploads(self) -> None:
        """Delete what broken uploads left behind and nobody can go on with."""
        for path in self._folder.glob(f"{_INCOMING}*"):
            path.unlink(missing_ok=True)
        self.contents.clear_incoming()

    def drop_unused(self, used: Collection[str], before: float) -> None:
        """Forget artifacts that no release has and that came before a time: their deployments were refused."""
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                digest = path.name.removesuffix(KEPT)
                if digest not in used and path.stat().st_mtime < before:
                    path.unlink()

    def remove(self, digest: str) -> None:
        """Forget an artifact that no release has any more."""
        for path in (self.archive(digest), self._listed(digest, KEPT)):
            path.unlink(missing_ok=True)

    def drop_contents(self, before: float) -> None:
        """Delete contents that no kept or announced artifact has, and that came before a time."""
        with self._guard:
            listed = [path for suffix in (KEPT, ANNOUNCED) for path in self._folder.glob(f"*{suffix}")]
            needed = {sha256 for path in listed for sha256 in listing.contents(path.read_bytes())}
            self.contents.drop(needed, before)


def _followed(entries: Mapping[str, Entry], path: str) -> Entry | None:
    """The file that a path leads to. Links of an artifact never leave it; a circle of them leads nowhere."""
    for _ in range(40):
        entry = entries.get(path)
        if entry is None or entry.kind != "link":
            return entry
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), entry.target))
    return None


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines of bounded length: one without an end must not fill the memory."""
    while line := file.readline(listing.LONGEST_LINE + 2):
        yield line


def _another(what: str, actual: str, digest: str) -> InvalidInput:
    return InvalidInput(
        f"The {what} is not what was announced.",
        why=f"Its content has the digest {actual}, not {digest}.",
        cure="Send it again.",
    )
