"""Doing the same with many things, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def each(items: Iterable[T], at_once: int, do: Callable[[T], Awaitable[None]]) -> None:
    """Do it with every item, in order, ``at_once`` at a time. The first error, or a cancel, ends all of it."""
    queue = iter(items)

    async def some() -> None:
        for item in queue:
            await do(item)

    tasks = [asyncio.create_task(some()) for _ in range(at_once)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
