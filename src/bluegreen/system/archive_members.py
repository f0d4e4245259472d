"""The members of a tar or zip archive, one after the other, whatever its format. Nothing in it is trusted."""

from __future__ import annotations

import bz2
import calendar
import errno
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from bluegreen.core.errors import InvalidInput
from bluegreen.system.manifest import refused, safe_path

CHUNK = 1 << 20

_LONGEST_HEADER = 1 << 20
_LONGEST_TARGET = 4096
_LATEST = 2.0**33
_ENCRYPTED = 0x1
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,  # a zip that is compressed in a way that zipfile does not know
    EOFError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    IndexError,
    ValueError,
)


@dataclass(frozen=True)
class Member:
    """One entry of an archive, with a path that is safe to write below a folder."""

    path: str
    kind: Literal["file", "link", "folder", "copy"]
    """A ``copy`` has the content of the file at ``target``, which came earlier (a hard link in a tar)."""
    mode: int = 0o644
    mtime: float = 0.0
    target: str = ""
    content: IO[bytes] | None = None
    """Of a file: to be read before the next member is asked for."""


def members(archive: Path, limit_bytes: int) -> Iterator[Member]:
    """Each member of a tar (plain, gzip, bzip2 or xz) or zip, told apart by content, not by name.

    To be used inside `damage_explained`: a damaged archive raises all kinds of errors, also while content is read.

    Raises:
        InvalidInput: it has a member that no artifact may have.
    """
    with archive.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        if magic.startswith(b"PK"):
            yield from _zip_members(file)
            return
        stream = _decompressed(file, magic)
        yield from _tar_members(stream)
        _read_to_end(stream, limit_bytes)


@contextmanager
def damage_explained(archive: Path) -> Iterator[None]:
    """Turn what reading a damaged archive raises into InvalidInput."""
    if not archive.is_file():
        raise InvalidInput(f"There is no archive at {archive}.", cure="Check its path.")
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(archive, str(error)) from error
    except OSError as error:
        # From a decompressor, or from seeking to where a damaged zip says: not the disk's fault.
        if error.errno in (None, errno.EINVAL):
            raise _damaged(archive, str(error)) from error
        raise


def _damaged(archive: Path, detail: str) -> InvalidInput:
    return InvalidInput(
        f"{archive.name} cannot be unpacked.",
        why=f"It is damaged, cut short, or no tar or zip archive ({detail or 'unexpected end'}).",
        cure="Make or transfer it again. Taken are .tar, .tar.gz, .tar.bz2, .tar.xz and .zip.",
    )


def _decompressed(file: IO[bytes], magic: bytes) -> IO[bytes]:
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if magic.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(file)
    return file


class _StrictInfo(tarfile.TarInfo):
    """Takes nothing but a block of zeros for the end: tarfile itself takes a damaged header for it, in silence."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _StrictInfo:
        if buf and buf.count(0) == tarfile.BLOCKSIZE:
            return super().frombuf(buf, encoding, errors)
        try:
            info = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from error
        extended = info.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if (extended or info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)) and (
            info.size > _LONGEST_HEADER
        ):
            raise tarfile.ReadError("a header is too large")
        return info


def _tar_members(stream: IO[bytes]) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictInfo) as tar:
        for info in tar:
            cast(Any, tar).members.clear()  # else it keeps every header of an archive of any length
            path = safe_path(info.name)
            mtime = _bounded(info.mtime)
            if info.isdir():
                yield Member(path, "folder")
            elif info.issym():
                yield Member(path, "link", mtime=mtime, target=info.linkname)
            elif info.islnk():
                yield Member(path, "copy", info.mode, mtime, safe_path(info.linkname))
            elif info.isreg():
                yield Member(path, "file", info.mode, mtime, content=tar.extractfile(info))
            else:
                raise refused(info.name, "It is a device or a pipe.")


def _zip_members(file: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            path = safe_path(info.filename)
            mode = info.external_attr >> 16
            mtime = _zip_time(info)
            if info.is_dir():
                yield Member(path, "folder")
                continue
            with _opened(archive, info) as content:
                if stat.S_ISLNK(mode):
                    target = content.read(_LONGEST_TARGET).decode("utf-8", "surrogateescape")
                    yield Member(path, "link", mtime=mtime, target=target)
                elif stat.S_ISREG(mode) or not stat.S_IFMT(mode):
                    yield Member(path, "file", stat.S_IMODE(mode) or 0o644, mtime, content=content)
                else:
                    raise refused(info.filename, "It is a device or a pipe.")


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & _ENCRYPTED:
        raise refused(info.filename, "It is encrypted.")
    return archive.open(info)


def _bounded(mtime: float) -> float:
    """A time that any file system takes, whatever the archive says (even "not a number")."""
    return float(mtime) if 0 <= mtime < _LATEST else 0.0


def _zip_time(info: zipfile.ZipInfo) -> float:
    try:
        return float(calendar.timegm(info.date_time))
    except ValueError:  # many tools write zeros, which are no date
        return 0.0


def _read_to_end(stream: Any, limit: int) -> None:
    """Read what follows the last member, so that the compressed stream's own checksum is looked at."""
    seen = 0
    while chunk := stream.read(CHUNK):
        seen += len(chunk)
        if seen > limit:
            raise tarfile.ReadError("too much follows the last member")
