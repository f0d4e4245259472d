"""What a program wrote, made fit to be shown: without secrets, control characters or endless length."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
_SHORTEST = 4
"""Shorter values of an env file, such as ``1`` or ``on``, are no secrets, and masking them would spoil any text."""

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Mask:
    """Replaces secrets by ``***``, each line of one that has several. Values of fewer than four characters stay."""

    def __init__(self, secrets: Iterable[str]) -> None:
        lines = {line.strip() for secret in secrets for line in secret.splitlines()}
        parts = sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)
        self._text = re.compile("|".join(map(re.escape, parts))) if parts else None
        raw = [part.encode("utf-8", "surrogateescape") for part in parts]
        self._data = re.compile(b"|".join(map(re.escape, raw))) if raw else None
        self.longest = max(map(len, raw), default=0)
        """Bytes of the longest one."""

    def text(self, text: str) -> str:
        """The text without secrets. Mask before cutting: half a secret is no longer found."""
        return self._text.sub(MASK, text) if self._text else text

    def data(self, data: bytes) -> bytes:
        """The same for undecoded output."""
        return self._data.sub(MASK.encode(), data) if self._data else data


def printable(text: str) -> str:
    """The text without terminal escapes and control characters; a lone carriage return begins a line."""
    plain = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", plain)


def beginning(text: str, length: int) -> str:
    """The first ``length`` characters, with an ellipsis where more follows."""
    return text if len(text) <= length else f"{text[:length]}…"
