"""Calls that may block for long, kept apart from everything else that needs a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from bluegreen.core.errors import TemporaryError

T = TypeVar("T")


class Apart:
    """Runs each call in a thread of its own, that nobody waits for at the end of the process.

    The loop's own threads are never used: a name that is looked up for a minute would keep them from the journal.
    """

    def __init__(self, most: int = 2) -> None:
        self._free = threading.Semaphore(most)

    async def run(self, call: Callable[[], T], within: float) -> T:
        """What the call returns or raises. A call that takes longer goes on, but nobody waits for it any more.

        Raises TemporaryError when it takes longer, and when earlier ones still do.
        """
        if not self._free.acquire(blocking=False):
            raise TemporaryError("Earlier messages still hang there.", cure="It is tried again.")
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()
        threading.Thread(target=self._run, args=(call, done), name="message", daemon=True).start()
        try:
            async with asyncio.timeout(within):
                return await asyncio.wrap_future(done)
        except TimeoutError:
            raise TemporaryError(f"No answer within {within:g} s.", cure="It is tried again.") from None

    def _run(self, call: Callable[[], T], done: Future[T]) -> None:
        try:
            done.set_result(call())
        except BaseException as error:
            done.set_exception(error)
        finally:
            self._free.release()
