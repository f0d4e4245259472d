"""A manifest as text: one JSON object on each line. What is read is trusted no more than an archive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bluegreen.core.errors import InvalidInput
from bluegreen.system.manifest import LIMIT_BYTES, LIMIT_FILES, Entry, Manifest, refused, safe_path

LONGEST_LINE = 1 << 16
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTENT = re.compile(rb'"sha256":"([0-9a-f]{64})"')
_LATEST = 2**33
_FIELDS = {"path", "kind", "executable", "size", "sha256", "target", "mode", "mtime"}


def written(manifest: Manifest) -> Iterator[bytes]:
    """The lines of a manifest; a field that has its usual value is left out."""
    for entry in manifest.all():
        line: dict[str, Any] = {"path": entry.path}
        if entry.kind == "file":
            line |= {"size": entry.size, "sha256": entry.sha256, "mtime": entry.mtime}
            line |= {"executable": True} if entry.executable else {}
            line |= {"mode": entry.mode} if entry.mode != 0o644 else {}
        else:
            line |= {"kind": entry.kind} | ({"target": entry.target} if entry.kind == "link" else {})
        yield json.dumps(line, separators=(",", ":")).encode() + b"\n"


def read(lines: Iterable[bytes], *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES) -> Manifest:
    """The manifest that these lines describe, every entry checked. Raises InvalidInput, which names the entry."""
    manifest = Manifest(limit_bytes=limit_bytes, limit_files=limit_files)
    for number, line in enumerate(lines, 1):
        if line.strip():
            _take(manifest, line, number)
    manifest.links()
    return manifest


def contents(text: bytes) -> Iterator[bytes]:
    """The digest (32 bytes) of every content that a manifest of ours names: much faster than reading all of it."""
    return (bytes.fromhex(found[1].decode()) for found in _CONTENT.finditer(text))


def _take(manifest: Manifest, line: bytes, number: int) -> None:
    entry = _entry(line, number)
    path = safe_path(entry.path)
    if path != entry.path or not path:
        raise refused(entry.path, "Its path has parts that mean nothing.")
    manifest.reserve(path, entry.kind)
    manifest.count(entry.size)
    manifest.add(entry)


def _entry(line: bytes, number: int) -> Entry:
    try:
        said = json.loads(line) if len(line) <= LONGEST_LINE else None
    except (ValueError, RecursionError) as error:
        raise _unreadable(number, "It is no JSON.") from error
    if not isinstance(said, dict) or not said.keys() <= _FIELDS or not isinstance(said.get("path"), str):
        raise _unreadable(number, "It has to be an object with a `path`.")
    kind = said.get("kind", "file")
    if kind == "folder":
        return Entry(said["path"], "folder")
    if kind == "link" and isinstance(target := said.get("target"), str):
        return Entry(said["path"], "link", target=target)
    if kind != "file":
        raise _unreadable(number, "Its `kind` has to be file, folder or link, a link with its `target`.")
    sha256, executable = said.get("sha256"), said.get("executable", False)
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256) or not isinstance(executable, bool):
        raise _unreadable(number, "A file needs its `sha256`: 64 digits from 0 to f.")
    size = _whole(said.get("size"), LIMIT_BYTES, number)
    mode = _whole(said.get("mode", 0o755 if executable else 0o644), 0o7777, number)
    mtime = _whole(said.get("mtime", 0), _LATEST, number)
    return Entry(said["path"], "file", executable, size, sha256, "", mode, mtime)


def _whole(value: object, most: int, number: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _unreadable(number, f"Sizes, modes and times are whole numbers, here up to {most}.")
    return value


def _unreadable(number: int, why: str) -> InvalidInput:
    return InvalidInput(f"Line {number} of the manifest cannot be used.", why=why, cure="See docs/reference/client.md.")
