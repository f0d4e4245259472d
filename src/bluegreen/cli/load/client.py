"""The load itself: a constant schedule over kept and fresh connections, and streams beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bluegreen.cli.load.answer import Answer, Broken
from bluegreen.cli.load.connection import Connection
from bluegreen.cli.load.events import EventStream
from bluegreen.cli.load.plan import Plan
from bluegreen.cli.load.record import Record
from bluegreen.cli.load.request import Requests
from bluegreen.cli.load.result import Result
from bluegreen.cli.load.socket import SocketStream
from bluegreen.cli.load.stream import Stream


class Load:
    """Runs one plan from `start` to `stop`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.record = Record()
        self._requests = Requests(plan)
        self._address = plan.address
        self._streams: Sequence[Stream] = [
            *(EventStream(plan, path) for path in plan.events),
            *(SocketStream(plan, path) for path in plan.sockets),
        ]
        self._workers: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[None]] = set()
        """Workers whose next request is not due yet."""
        self._number = 0
        self._opened = 0
        self._stopping = False

    @property
    def elapsed(self) -> float:
        """Seconds since `start`."""
        return asyncio.get_running_loop().time() - self._zero

    def start(self) -> None:
        """Begin. Needs a running event loop."""
        self._began, self._zero = time.time(), asyncio.get_running_loop().time()
        self._workers = {asyncio.create_task(self._work()) for _ in range(self.plan.connections)}
        for stream in self._streams:
            stream.start()

    async def stop(self) -> Result:
        """Send nothing more, let requests under way finish, and report."""
        self._stopping = True
        seconds = self.elapsed
        for worker in self._resting:
            worker.cancel()
        await asyncio.wait(self._workers)
        streams = tuple([await stream.stop() for stream in self._streams])
        for worker in self._workers:
            if not worker.cancelled():
                worker.result()  # a mistake of ours must not look like a quiet load
        return Result(
            url=self.plan.url,
            started=self._began,
            seconds=round(seconds, 6),
            requests=len(self.record),
            failed=self.record.failed,
            connections=self._opened,
            kinds=dict(self.record.kinds),
            failures=tuple(self.record.failures),
            latency=self.record.percentiles(),
            served=self.record.served(),
            transitions=self.record.transitions(),
            streams=streams,
        )

    async def _work(self) -> None:
        kept: Connection | None = None
        try:
            while not self._stopping:
                number, self._number = self._number, self._number + 1
                due = await self._until_due(number)
                if self.plan.is_fresh(number):
                    fresh = await self._request(number, due, None, close=True)
                    if fresh is not None:
                        fresh.close()
                else:
                    kept = await self._request(number, due, kept, close=False)
        finally:
            if kept is not None:
                kept.close()

    async def _until_due(self, number: int) -> float:
        """Sleep until this request is due; returns when that was, in seconds since the start."""
        if self.plan.rate is None:
            return self.elapsed
        due = number / self.plan.rate
        if (wait := due - self.elapsed) > 0:
            task = asyncio.current_task()
            assert task is not None
            self._resting.add(task)
            try:
                await asyncio.sleep(wait)
            finally:
                self._resting.discard(task)
        return due

    async def _request(self, number: int, due: float, kept: Connection | None, *, close: bool) -> Connection | None:
        """Carry one request out, once, and record it. Returns the connection where it was left open."""
        sent = self.elapsed
        answer: Answer | None = None
        try:
            if kept is None or not kept.usable:
                self._opened += 1
                kept = None
                kept = await Connection.open(*self._address, within=self.plan.timeout)
            sent = self.elapsed
            answer = await kept.exchange(self._requests.encode(number, close=close), self.plan.timeout)
            self._requests.verify(number, answer)
        except Broken as broken:
            self.record.fail(sent, broken, self._requests.name(number))
        self.record.add(sent, self.elapsed - due, answer.served if answer else ("", ""))
        return kept
