"""Followers of one application: nobody misses an entry or gets one twice, and nobody holds up others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from bluegreen.core import events as e
from bluegreen.engine import feed as feeds
from bluegreen.engine import ring
from bluegreen.engine.feed import EVERY, Feed, Place
from bluegreen.journal.base import Draft, Entry
from bluegreen.journal.memory import MemoryJournal
from tests.engine.virtual_time import run

ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)


class Counting(MemoryJournal):
    """Counts how often it is read."""

    asked = 0

    async def read(self, *asked: Any, **options: Any) -> Sequence[Entry]:
        self.asked += 1
        return await super().read(*asked, **options)


class World:
    """A journal, and a feed that is told of what is appended to it."""

    def __init__(self, home: Any, parts: tuple[str, ...] = ()) -> None:
        self.journal = Counting(home)
        self.newest = 0
        self.feed = Feed(self.journal, "shop", 0, parts)

    async def append(self, count: int, *, told: bool = True) -> None:
        drafts = [Draft("shop", 1.0, "bob", "why", e.Locked(f"number {n}")) for n in range(count)]
        entries = await self.journal.append(drafts, after=self.newest)
        self.newest = entries[-1].seq
        if told:
            self.feed.take(entries)


class Follower:
    """Takes what there is, as often as it is let."""

    def __init__(self, feed: Feed, after: int | None = 0, *, parts: bool = False) -> None:
        self.place: Place = feed.beginning(after, "entry", parts=parts)
        self.chunks: list[bytes] = []
        self._feed = feed

    async def keep_following(self) -> None:
        while not self._feed.ended:
            chunk, self.place = await self._feed.read(self.place)
            if chunk:
                self.chunks.append(chunk)
            else:
                await self._feed.news()

    async def once(self) -> bytes:
        chunk, self.place = await self._feed.read(self.place)
        self.chunks.append(chunk)
        return chunk

    @property
    def ids(self) -> list[int]:
        return [int(id) for chunk in self.chunks for id in ID.findall(chunk)]


def followed(life: Callable[[World], Awaitable[None]], home: Any, parts: tuple[str, ...] = ()) -> None:
    async def main() -> None:
        world = World(home, parts)
        try:
            await life(world)
        finally:
            world.feed.end()

    run(main())


def test_everyone_gets_every_entry_once_and_the_very_same_bytes(tmp_path: Any) -> None:
    async def life(world: World) -> None:
        followers = [Follower(world.feed) for _ in range(20)]
        tasks = [asyncio.create_task(follower.keep_following()) for follower in followers]
        for _ in range(100):
            await world.append(3)
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)
        assert all(follower.ids == list(range(1, 301)) for follower in followers)
        assert {tuple(map(id, follower.chunks)) for follower in followers} == {tuple(map(id, followers[0].chunks))}
        world.feed.end()
        await asyncio.gather(*tasks)

    followed(life, tmp_path)


def test_under_load_they_come_together_and_after_a_quiet_time_at_once(tmp_path: Any) -> None:
    async def life(world: World) -> None:
        follower = Follower(world.feed)
        task = asyncio.create_task(follower.keep_following())
        for _ in range(1000):
            await world.append(1)
            await asyncio.sleep(0.01)
        assert len(follower.chunks) <= feeds.AT_ONCE + 10 / EVERY + 1
        await asyncio.sleep(20.0)
        count = len(follower.chunks)
        await world.append(1)
        await asyncio.sleep(0.001)
        assert len(follower.chunks) == count + 1
        assert follower.ids == list(range(1, 1002))
        task.cancel()

    followed(life, tmp_path)


def test_who_is_behind_the_ring_reads_from_the_journal_and_nothing_is_kept_for_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "RING", 2000)

    async def life(world: World) -> None:
        slow, quick = Follower(world.feed), Follower(world.feed)
        task = asyncio.create_task(quick.keep_following())
        for _ in range(300):
            await world.append(5)
            await asyncio.sleep(0.2)
        assert world.feed._ring._bytes <= 2000
        assert quick.ids == list(range(1, 1501))
        while slow.ids[-1:] != [1500]:
            assert await slow.once()
        assert slow.ids == quick.ids
        task.cancel()

    followed(life, tmp_path)


def test_a_chunk_is_bounded(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "CHUNK", 1000)

    async def life(world: World) -> None:
        follower = Follower(world.feed)
        await world.append(100)
        await asyncio.sleep(1.0)
        while follower.ids[-1:] != [100]:
            assert len(await follower.once()) < 1200
        assert follower.ids == list(range(1, 101))

    followed(life, tmp_path)


def test_many_who_come_back_at_the_same_place_cost_one_reading_of_the_journal(tmp_path: Any) -> None:
    async def life(world: World) -> None:
        await world.append(50)
        world.feed.end()
        world.feed = Feed(world.journal, "shop", world.newest)
        followers = [Follower(world.feed, after=20) for _ in range(200)]
        await asyncio.gather(*(follower.once() for follower in followers))
        assert all(follower.ids == list(range(21, 51)) for follower in followers)
        assert world.journal.asked == 1

    followed(life, tmp_path)


def test_an_entry_that_the_journal_has_shown_before_the_feed_is_told_comes_once(tmp_path: Any) -> None:
    async def life(world: World) -> None:
        await world.append(10)
        world.feed.end()
        world.feed = Feed(world.journal, "shop", 10)
        await world.append(5, told=False)
        follower = Follower(world.feed, after=0)
        await follower.once()
        assert follower.ids == list(range(1, 16))
        entries: list[Entry] = list(await world.journal.read("shop", after=10))
        world.feed.take(entries)
        await world.append(1)
        await asyncio.sleep(1.0)
        await follower.once()
        assert follower.ids == list(range(1, 17))

    followed(life, tmp_path)


def test_parts_come_first_and_then_only_when_they_change(tmp_path: Any) -> None:
    async def life(world: World) -> None:
        follower = Follower(world.feed, parts=True)
        await world.append(1)
        world.feed.put("status", b'{"a":1}')
        await asyncio.sleep(1.0)
        assert await follower.once() == b""
        world.feed.put("figures", b'{"b":1}')
        first = await follower.once()
        assert re.findall(rb"^event: (\w+)$", first, re.MULTILINE) == [b"status", b"figures", b"entry"]
        world.feed.put("status", b'{"a":1}')
        await asyncio.sleep(1.0)
        assert await follower.once() == b""
        world.feed.put("status", b'{"a":2}')
        await asyncio.sleep(1.0)
        assert await follower.once() == b'event: status\ndata: {"a":2}\n\n'
        assert await Follower(world.feed).once() == first[first.index(b"id: 1") :]

    followed(life, tmp_path, ("status", "figures"))


def test_who_is_told_nothing_is_stirred_now_and_then_and_told_of_the_end(tmp_path: Any) -> None:
    async def life(world: World) -> None:
        began = asyncio.get_running_loop().time()
        await world.feed.news()
        assert asyncio.get_running_loop().time() - began == feeds.STIR
        waiting = asyncio.create_task(world.feed.news())
        await asyncio.sleep(0.1)
        world.feed.end()
        await asyncio.wait_for(waiting, 0.1)

    followed(life, tmp_path)
