"""Asks both releases for each copy, the live one twice, and counts what differs."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque

from bluegreen.checks.shadow.asking import Answer, Environment
from bluegreen.checks.shadow.comparing import Comparison
from bluegreen.checks.shadow.copies import Copy
from bluegreen.checks.shadow.messages import Orders, Report
from bluegreen.core.output import beginning
from bluegreen.core.shadow import Tally

AT_ONCE = 8
"""Copies that are asked about side by side: so many more requests at most does an environment have because of us."""
WAITING = 64
"""Copies that wait for their turn."""
PACE = 25.0
"""Copies a second that are asked about: a few hundred tell what there is to be told, and asking costs both releases."""
EXAMPLES = 5
SHOWN = 120
"""Characters of a request in an example."""


class Collector:
    """Takes copies, and asks and compares beside. Nothing in it grows without bound."""

    def __init__(self, orders: Orders) -> None:
        check = orders.check
        self._comparison = Comparison(check)
        self._live = Environment(orders.live, check.within)
        self._idle = Environment(orders.idle, check.within)
        self._waiting: deque[Copy] = deque()
        self._asking: set[asyncio.Task[None]] = set()
        self._tally = Tally()
        self._statuses: Counter[str] = Counter()
        self._examples: list[str] = []
        self._allowance = PACE
        self._allowed_at = 0.0

    def take(self, copy: Copy | None) -> None:
        """Take one copy, or drop it when there are too many."""
        if copy is None or len(self._waiting) >= WAITING or not self._may_ask():
            self._count(Tally(dropped=1))
            return
        self._waiting.append(copy)
        if len(self._asking) < AT_ONCE:
            task = asyncio.create_task(self._ask_on())
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def finish(self) -> None:
        """Wait for what is being asked about; what still waits for its turn is dropped."""
        self._count(Tally(dropped=len(self._waiting)))
        self._waiting.clear()
        while self._asking:
            await asyncio.wait(self._asking)

    def report(self, port: int) -> Report:
        """How far it has come; ``port`` is where it takes copies."""
        return Report(port, self._tally, list(self._examples), dict(self._statuses))

    def _may_ask(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._allowance = min(PACE, self._allowance + (now - self._allowed_at) * PACE)
        self._allowed_at = now
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True

    async def _ask_on(self) -> None:
        while self._waiting:
            await self._ask(self._waiting.popleft())

    async def _ask(self, copy: Copy) -> None:
        first, new, again = await self._answers(copy)
        if first.why:
            self._count(Tally(unanswered=1))
            return
        self._statuses[str(first.status)] += 1
        differs, noisy = self._comparison.difference(first, new), self._comparison.difference(first, again)
        if differs and not noisy and len(self._examples) < EXAMPLES:
            self._examples.append(f"{beginning(copy.shown, SHOWN)}: {differs}")
        tally = Tally(
            same=not differs and not noisy,
            new_only=bool(differs) and not noisy,
            live_only=not differs and bool(noisy),
            both=bool(differs) and bool(noisy),
            refused=first.status in (401, 403),
        )
        self._count(tally)

    async def _answers(self, copy: Copy) -> tuple[Answer, Answer, Answer]:
        """The live release's answer, the new one's, and the live one's again.

        One after the other, in an order that favours none of the last two: each of the six is as likely. An order in
        which the live release is always asked first would make its second answer the later one more often.
        """
        asked = [(0, self._live), (1, self._idle), (2, self._live)]
        random.shuffle(asked)
        answers = {place: await environment.ask(copy) for place, environment in asked}
        return answers[0], answers[1], answers[2]

    def _count(self, more: Tally) -> None:
        self._tally += more
