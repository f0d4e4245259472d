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
        self._closed = False
        self._early = threading.Event()
        """Set when the next question does not wait for its time."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._latest: T | None = None
        self._forgotten = 0

    def latest(self) -> T | None:
        """The newest answer; None before the first one, and where the last question had none."""
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="poll", daemon=True)
            self._thread.start()
        return self._latest

    def forget(self) -> None:
        """Something has happened: what was answered so far, or is being asked, holds no more. It is asked at once."""
        with self._lock:
            self._forgotten += 1
            self._latest = None
        self._early.set()

    def close(self) -> None:
        """Ask no more; a question under way is not waited for."""
        self._closed = True
        self._early.set()

    def _run(self) -> None:
        while not self._closed:
            self._early.clear()
            forgotten = self._forgotten
            answer = self._ask()
            with self._lock:
                if forgotten == self._forgotten:
                    self._latest = answer
            self._early.wait(self._every)
