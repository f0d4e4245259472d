"""Files that Envoy reads: their content and its version, written whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bluegreen.core.errors import TemporaryError
from bluegreen.system.atomic import replace_file


@dataclass(frozen=True)
class Snapshot:
    """The whole content of one file, and the version by which Envoy tells that it has it."""

    version: str
    data: bytes


def snapshot(resources: Iterable[dict[str, Any]], note: str = "") -> Snapshot:
    """The file with these resources; ``note`` begins its version, and equal content has an equal version."""
    body = json.dumps(list(resources), separators=(",", ":"), sort_keys=True)
    version = note + hashlib.sha256(body.encode()).hexdigest()[:16]
    return Snapshot(version, f'{{"version_info":{json.dumps(version)},"resources":{body}}}\n'.encode())


def read_snapshot(data: bytes) -> Snapshot:
    """The snapshot whose file this is. Raises ValueError when it is none."""
    return Snapshot(str(json.loads(data).get("version_info")), data)


def write(file: Path, content: Snapshot, *, sync: bool = True) -> None:
    """Write it to disk, whole. Raises TemporaryError when it cannot be written."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(file, content.data, mode=0o600, sync=sync)
    except OSError as error:
        raise TemporaryError(
            f"{file} could not be written", why=str(error), cure="free disk space, or make it writable", retry_after=1.0
        ) from error


def read_file(file: Path) -> bytes | None:
    """What is in it; None when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def sync_files(files: Iterable[Path]) -> None:
    """Make files and their folders survive a power cut; one that has gone since needs no such thing."""
    for path in {each for file in files for each in (file, file.parent)}:
        with contextlib.suppress(OSError):
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
