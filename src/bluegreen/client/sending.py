"""Sending an artifact."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bluegreen.client.transport import Transport
from bluegreen.client.wire import Ask, refusal, under

if TYPE_CHECKING:
    from bluegreen.client import answers as a


class Progress(NamedTuple):
    """How far sending is: files and bytes that are sent, of those that were missing; the rest is spared."""

    sent_files: int
    missing_files: int
    sent_bytes: int
    missing_bytes: int
    spared_files: int
    spared_bytes: int


Told = Callable[[Progress], None]


def send_archive(transport: Transport, digest: str, archive: Path) -> a.Artifact:
    """Upload a whole archive. Raises InvalidInput when its content has another digest."""
    ask: Ask[a.Artifact] = Ask("PUT", under("artifacts", digest))
    headers = {
        **ask.headers(),
        "Content-Type": "application/gzip",
        "Content-Length": str(archive.stat().st_size),
    }
    with archive.open("rb") as body, transport.answer(ask.method, ask.target, body, headers) as answer:
        said = answer.read()
        if answer.status >= 400:
            raise refusal(answer.status, answer.reason, said)
        return ask.read(said)


def send_folder(transport: Transport, folder: Path, told: Told | None = None) -> str:
    """Bring a folder's content to the controller; its digest."""
    from bluegreen.system.archive import pack

    with tempfile.TemporaryDirectory(prefix="bluegreen-") as scratch:
        archive = Path(scratch) / "artifact.tar.gz"
        digest = pack(folder, archive)
        with transport.answer("HEAD", under("artifacts", digest)) as answer:
            known = answer.status == 200
        if not known:
            send_archive(transport, digest, archive)
    return digest
