"""Sending an artifact: what the controller has already is not sent again, and what broke off is gone on with."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bluegreen.client.kept import Kept, patiently
from bluegreen.client.transport import PAUSE, Transport
from bluegreen.client.wire import refusal, under
from bluegreen.core.errors import NotFound

if TYPE_CHECKING:
    from bluegreen.client import answers as a
    from bluegreen.system.folder import Folder
    from bluegreen.system.manifest import Entry

SMALL = 1 << 20
"""Bytes up to which a file goes with others in one request."""
BATCH_BYTES = 8 << 20
BATCH_FILES = 2_000
PIECE = 16 << 20
"""Bytes of a large file in one request."""
_READ = 1 << 20


class Progress(NamedTuple):
    """How far sending is: of the contents that were missing so many are sent; the rest is spared."""

    sent_files: int = 0
    missing_files: int = 0
    sent_bytes: int = 0
    missing_bytes: int = 0
    spared_files: int = 0
    spared_bytes: int = 0


Told = Callable[[Progress], None]


def send_archive(transport: Transport, digest: str, archive: Path) -> a.Artifact:
    """Upload a whole archive. Raises InvalidInput when its content has another digest."""
    headers = {"Content-Type": "application/gzip", "Content-Length": str(archive.stat().st_size)}
    with archive.open("rb") as body, transport.answer("PUT", under("artifacts", digest), body, headers) as answer:
        said = answer.read()
        if answer.status >= 400:
            raise refusal(answer.status, answer.reason, said)
        found: a.Artifact = json.loads(said)
        return found


def send_folder(transport: Transport, folder: Path, told: Told | None = None) -> str:
    """Bring a folder's content to the controller, as far as it is missing there; the digest of it.

    Raises:
        InvalidInput: it cannot be packed, or changes meanwhile. NoController, AnswerLost: nobody answers any more.
    """
    from bluegreen.system.folder import read_folder

    found = read_folder(folder)
    digest = found.manifest.digest()
    with Kept(transport.address, transport.within) as kept:
        try:
            _send(kept, digest, found, told or _tell_nobody)
        except _Older:
            _send_packed(transport, digest, folder)
    return digest


class _Older(Exception):
    """The controller is of a version that takes whole archives only."""


def _tell_nobody(progress: Progress) -> None:
    pass


def _send(kept: Kept, digest: str, folder: Folder, told: Told) -> None:
    announced = patiently(lambda: _announce(kept, digest, folder))
    if announced["complete"]:
        return
    wanted = set(announced["missing"])
    missing = {entry.sha256: entry for entry in folder.manifest.files() if entry.sha256 in wanted}
    sender = _Sender(kept, folder, list(missing.values()), told)
    sender.send(announced["begun"])
    patiently(lambda: kept.ask("PUT", under("artifacts", digest)))


def _announce(kept: Kept, digest: str, folder: Folder) -> a.Announced:
    from bluegreen.system.listing import written

    lines = list(written(folder.manifest))
    headers = {"Content-Type": "application/x-ndjson"}
    try:
        target = under("artifacts", digest, "manifest")
        answer = kept.ask("POST", target, [b"".join(lines)], sum(map(len, lines)), headers)
    except NotFound as error:
        raise _Older from error
    found: a.Announced = json.loads(answer.content)
    return found


def _send_packed(transport: Transport, digest: str, folder: Path) -> None:
    from bluegreen.system.archive import pack

    with transport.answer("HEAD", under("artifacts", digest)) as answer:
        if answer.status == 200:
            return
    with tempfile.TemporaryDirectory(prefix="bluegreen-") as scratch:
        archive = Path(scratch) / "artifact.tar.gz"
        send_archive(transport, pack(folder, archive), archive)


class _Sender:
    """Sends contents, and tells how far it is."""

    def __init__(self, kept: Kept, folder: Folder, missing: Sequence[Entry], told: Told) -> None:
        self._kept, self._folder, self._missing, self._told = kept, folder, missing, told
        count, size = len(missing), sum(entry.size for entry in missing)
        every = list(folder.manifest.files())
        spared = len(every) - count, sum(entry.size for entry in every) - size
        self._progress = Progress(0, count, 0, size, *spared)

    def send(self, begun: dict[str, int]) -> None:
        """Send what is missing; of ``begun`` contents so many bytes are there."""
        self._told(self._progress)
        small = [entry for entry in self._missing if entry.size <= SMALL]
        for batch in _batches(small):
            patiently(lambda batch=batch: self._batch(batch))  # type: ignore[misc]
            self._further(len(batch), sum(entry.size for entry in batch))
        for entry in self._missing:
            if entry.size > SMALL:
                self._large(entry, _unfinished(entry, begun.get(entry.sha256, 0)))
                self._further(1, 0)

    def _further(self, files: int, size: int) -> None:
        done = self._progress
        self._progress = done._replace(sent_files=done.sent_files + files, sent_bytes=done.sent_bytes + size)
        self._told(self._progress)

    def _spare(self, size: int) -> None:
        """Of what was missing so many bytes are there, from an earlier attempt."""
        done = self._progress
        less, more = done.missing_bytes - size, done.spared_bytes + size
        self._progress = done._replace(missing_bytes=less, spared_bytes=more)

    def _batch(self, batch: Sequence[Entry]) -> None:
        size = sum(len(_head(entry)) + entry.size for entry in batch)
        self._kept.ask("POST", under("files"), self._together(batch), size, _OCTETS)

    def _together(self, batch: Sequence[Entry]) -> Iterator[bytes]:
        held: list[bytes] = []
        for entry in batch:
            held += [_head(entry), *self._read(entry, 0, entry.size)]
            if sum(map(len, held)) >= _READ:
                yield b"".join(held)
                held.clear()
        yield b"".join(held)

    def _large(self, entry: Entry, there: int) -> None:
        """One content in pieces; a piece that broke off is gone on with from where the controller says."""
        self._spare(there)
        while there < entry.size:
            before = there
            there = patiently(lambda: self._piece(entry, before))  # noqa: B023 - called at once
            self._further(0, there - before)
            if there == before:  # somebody else is sending it
                time.sleep(PAUSE)

    def _piece(self, entry: Entry, expected: int) -> int:
        """Send the next piece; how many bytes are there then."""
        target = under("files", entry.sha256)
        first = self._there(entry)
        if first != expected:
            return first
        end = min(first + PIECE, entry.size)
        headers = {**_OCTETS, "Content-Range": f"bytes {first}-{end - 1}/{entry.size}"}
        body = self._read(entry, first, end - first)
        answer = self._kept.ask("PUT", target, body, end - first, headers, anyway=(409,))
        return self._there(entry) if answer.status == 409 else end

    def _there(self, entry: Entry) -> int:
        answer = self._kept.ask("HEAD", under("files", entry.sha256), anyway=(404,))
        if answer.headers.get("upload-complete") == "?1":
            return entry.size
        return _unfinished(entry, int(answer.headers.get("upload-offset") or 0))

    def _read(self, entry: Entry, first: int, size: int) -> Iterator[bytes]:
        """Bytes of a file. Raises InvalidInput: they are no longer there."""
        from bluegreen.system.folder import changed

        with open(self._folder.places[entry.sha256], "rb") as file:
            file.seek(first)
            while size:
                chunk = file.read(min(_READ, size))
                if not chunk:
                    raise changed(entry.path)
                size -= len(chunk)
                yield chunk


_OCTETS = {"Content-Type": "application/octet-stream"}


def _unfinished(entry: Entry, there: int) -> int:
    """From where to go on: the last byte is sent in any case, since it is at the end that a content is taken in."""
    return min(there, entry.size - 1)


def _head(entry: Entry) -> bytes:
    return f"{entry.sha256} {entry.size}\n".encode()


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Contents in groups of bounded number and size."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (size + entry.size > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch
