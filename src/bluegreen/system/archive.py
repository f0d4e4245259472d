"""Artifacts: a folder packed into one file, summed up by content, and unpacked where nothing can leave the folder."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from bluegreen.core.errors import InvalidInput
from bluegreen.system.archive_members import CHUNK, Member, damage_explained, members
from bluegreen.system.ignore import packed_files
from bluegreen.system.manifest import LIMIT_BYTES, LIMIT_FILES, Entry, Manifest, refused, safe_path, shown
from bluegreen.system.whole_folder import unwritable, whole_folder

_QUICK = 3
"""gzip level: the archive goes no farther than to the controller, so time counts more than size."""


def pack(folder: Path, out: Path) -> str:
    """Pack what the ignore files leave over of a folder into a tar.gz; returns the content's digest.

    Raises:
        InvalidInput: it is no folder, is too large, cannot be read, or has a link that leads out of it.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder.", cure="Name the folder that holds bluegreen.yaml.")
    manifest = Manifest()
    out.unlink(missing_ok=True)
    try:
        with _new_archive(out) as tar:
            for path, entry in packed_files(folder):
                if not (entry.name == out.name and out.samefile(entry.path)):
                    manifest.add(_pack_one(tar, manifest, safe_path(path), entry))
        manifest.links()
    except BaseException as error:
        out.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(f"{folder} cannot be packed into {out}.", error) from error
        raise
    return manifest.digest()


@contextmanager
def _new_archive(out: Path) -> Iterator[tarfile.TarFile]:
    """A tar.gz that only its owner may read, in which the time of packing and its own name do not appear."""
    with (
        open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        gzip.GzipFile("", "wb", _QUICK, file, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield tar


def _pack_one(tar: tarfile.TarFile, manifest: Manifest, path: str, entry: os.DirEntry[str]) -> Entry:
    seen = entry.stat(follow_symlinks=False)
    info = tarfile.TarInfo(path)
    info.mtime = int(seen.st_mtime)
    if entry.is_symlink():
        manifest.reserve(path, "link")
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(entry.path)
        tar.addfile(info)
        return Entry(path, "link", target=info.linkname)
    manifest.reserve(path, "file")
    manifest.count(seen.st_size)
    info.mode, info.size = stat.S_IMODE(seen.st_mode), seen.st_size
    try:
        with open(entry.path, "rb") as content:
            hashed = _Hashed(content)
            tar.addfile(info, cast(IO[bytes], hashed))
    except PermissionError as error:
        raise refused(path, "It cannot be read.") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise InvalidInput(f"{shown(path)} changed while it was packed.", cure="Try again.") from error
    return Entry(path, "file", bool(info.mode & stat.S_IXUSR), info.size, hashed.sha256.hexdigest())


class _Hashed:
    """A file whose content is summed up as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        chunk = self._file.read(size)
        self.sha256.update(chunk)
        return chunk


def digest_of(archive: Path, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES) -> str:
    """The content digest of an archive that somebody hands in: the same that `pack` gives for the same content.

    Raises:
        InvalidInput: as for `unpack`.
    """
    return manifest_of(archive, limit_bytes=limit_bytes, limit_files=limit_files).digest()


def manifest_of(archive: Path, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES) -> Manifest:
    """What an archive holds, without unpacking it. Raises InvalidInput, as `unpack`."""
    manifest = Manifest(limit_bytes=limit_bytes, limit_files=limit_files)
    with damage_explained(archive):
        for member in members(archive, limit_bytes):
            if member.path:
                _take(manifest, member, None)
    manifest.links()
    return manifest


def read_member(archive: Path, path: str, limit: int) -> bytes | None:
    """The first ``limit`` + 1 bytes of one file of a kept archive; None when there is none. Raises InvalidInput."""
    with damage_explained(archive):
        for member in members(archive, LIMIT_BYTES):
            if member.path == path and member.kind == "copy":
                return read_member(archive, member.target, limit)  # of an earlier file, so that this ends
            if member.path == path and member.kind == "file":
                assert member.content is not None
                return _beginning(member.content, limit + 1)
    return None


def _beginning(content: IO[bytes], most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (chunk := content.read(min(most, CHUNK))):
        parts.append(chunk)
        most -= len(chunk)
    return b"".join(parts)


def unpack(archive: Path, into: Path, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES) -> str:
    """Unpack an untrusted archive into a folder that does not exist yet; returns the content's digest.

    The folder appears whole or not at all (`whole_folder`). One top-level folder in the archive stays as it is.

    Raises:
        InvalidInput: it is damaged, too large, or holds something that leads out of the folder.
        PermanentError: the folder exists already, or cannot be written (disk full).
    """
    manifest = Manifest(limit_bytes=limit_bytes, limit_files=limit_files)
    with whole_folder(into) as partial:
        with damage_explained(archive):
            for member in members(archive, limit_bytes):
                if member.path:
                    _take(manifest, member, partial)
        # Last, so that nothing can have been written through one of them.
        for path, target in manifest.links().items():
            os.symlink(target, partial / path)
    return manifest.digest()


def _take(manifest: Manifest, member: Member, root: Path | None) -> None:
    """Check one member and note it in the manifest; with ``root``, write it there as well (links excepted)."""
    kind = "file" if member.kind == "copy" else member.kind
    manifest.reserve(member.path, kind)
    place = root / member.path if root else None
    if place:
        (place if kind == "folder" else place.parent).mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        return
    if kind == "link":
        manifest.add(Entry(member.path, "link", target=member.target))
        return
    executable = bool(member.mode & stat.S_IXUSR)
    if member.kind == "copy":
        original = manifest.entries.get(member.target)
        if original is None or original.kind != "file":
            raise refused(member.path, f"It is a hard link to {shown(member.target)}, which is no earlier file.")
        manifest.count(original.size)
        if place and root:
            shutil.copyfile(root / member.target, place)
        size, sha256 = original.size, original.sha256
    else:
        size, sha256 = _read(manifest, member, place)
    if place:
        os.chmod(place, member.mode & 0o755 | 0o600)
        os.utime(place, (member.mtime, member.mtime))
    manifest.add(Entry(member.path, "file", executable, size, sha256))


def _read(manifest: Manifest, member: Member, place: Path | None) -> tuple[int, str]:
    assert member.content is not None
    size, sha256 = 0, hashlib.sha256()
    with open(place or os.devnull, "xb" if place else "wb") as out:
        while chunk := member.content.read(CHUNK):
            manifest.count(len(chunk))
            size += len(chunk)
            sha256.update(chunk)
            out.write(chunk)
    return size, sha256.hexdigest()
