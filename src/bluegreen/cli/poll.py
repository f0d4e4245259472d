"""Asking again and again beside what is followed, in a thread of its own: a slow answer holds nothing up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Poll(Generic[T]):
    """Asks ``every`` so many seconds, from its first use until it is closed. ``ask`` raises nothing."""

    def __init__(self, ask: Callable[[], T | None], every: float = 1.0) -> None:
        self._ask, self._every = ask, every
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._latest: T | None = None

    def latest(self) -> T | None:
        """The newest answer; None before the first one, and where the last question had none."""
        if self._thread is None and not self._closed.is_set():
            self._thread = threading.Thread(target=self._run, name="poll", daemon=True)
            self._thread.start()
        return self._latest

    def close(self) -> None:
        """Ask no more; a question under way is not waited for."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._latest = self._ask()
            self._closed.wait(self._every)
