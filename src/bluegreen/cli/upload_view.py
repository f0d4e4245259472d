"""How far sending an artifact is: on a terminal a line that changes, elsewhere one line every few seconds."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from bluegreen.cli.figures import size_of

if TYPE_CHECKING:
    from bluegreen.client.sending import Progress

_PATIENCE = 0.3
"""Seconds; what is sent sooner is not worth a line."""
_EVERY = {True: 0.1, False: 5.0}
"""Seconds between lines, on a terminal and elsewhere."""


class UploadView:
    """Told of progress, it tells people on stderr. ``quiet``: nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet, self._terminal = quiet, sys.stderr.isatty()
        self._next = time.monotonic() + _PATIENCE
        self._last: Progress | None = None
        self._shown = False

    def __enter__(self) -> UploadView:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if not self._shown:
            return
        if self._terminal:
            sys.stderr.write("\r\033[K")
        if kind is None and self._last is not None:
            print(sent(self._last), file=sys.stderr, flush=True)

    def update(self, progress: Progress) -> None:
        """Show it, unless something was shown a moment ago."""
        self._last = progress
        if self._quiet or time.monotonic() < self._next:
            return
        self._shown = True
        self._next = time.monotonic() + _EVERY[self._terminal]
        begin, end = ("\r\033[K", "") if self._terminal else ("", "\n")
        print(f"{begin}{sending(progress)}", end=end, file=sys.stderr, flush=True)


def sending(p: Progress) -> str:
    """What is under way, in a line."""
    files = f"sending {p.sent_files:,} of {p.missing_files:,} files"
    return f"{files}, {size_of(p.sent_bytes)} of {size_of(p.missing_bytes)}{_spared(p)}"


def sent(p: Progress) -> str:
    """What was sent, in a line."""
    return f"sent {p.sent_files:,} files, {size_of(p.sent_bytes)}{_spared(p)}"


def _spared(p: Progress) -> str:
    return f"; {p.spared_files:,} files, {size_of(p.spared_bytes)}, were there already" if p.spared_files else ""
