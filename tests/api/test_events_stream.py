"""Streams of entries as clients have them: resumed after anything, ended in time, and no burden when they are slow."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core import events as e
from bluegreen.engine import feed as feeds
from tests.api.streaming import Sent, Streaming, at_rest, listening, streamed
from tests.api.test_live import Next, until
from tests.engine.harness import APP, Machine

EVENTS = f"/v1/apps/{APP}/events"
LIVE = f"/v1/apps/{APP}/live"


async def crash(found: Streaming, count: int) -> None:
    """So many entries, as many instances that end would make them."""
    for n in range(count):
        await found.controller.app.history.append([(e.InstanceCrashed("blue", "web", 0, "exit 1", n), "")], "bluegreen")


async def ended(following: Next) -> None:
    """Wait for the end of a stream."""
    with contextlib.suppress(StopAsyncIteration):
        while True:
            await following()


async def ids(following: Next, count: int) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            sent = await following()
            if sent.id is not None:
                found.append(sent.id)
    return found


def test_entries_are_named_by_their_kind_and_come_as_they_happen(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        newest = found.controller.state.seq
        async with found.stream(f"{EVENTS}?after={newest - 1}") as following:
            assert (await following()).id == newest
            await found.controller.engine.lock(APP, "because", "bob")
            sent = await following()
            assert (sent.name, sent.id, sent.data["actor"]) == ("locked", newest + 1, "bob")

    streamed(tmp_path, look)


def test_it_is_resumed_at_another_controller(tmp_path: Path) -> None:
    async def life() -> None:
        machine = Machine(tmp_path)
        first = await machine.controller()
        await first.live()
        await at_rest(first)
        seen: list[int] = []
        async with listening(first, machine) as found, found.stream(EVENTS) as following:
            await crash(found, 30)
            seen += await ids(following, 20)
        await first.engine.close()
        second = await machine.controller()
        async with listening(second, machine) as found:
            await crash(found, 10)
            async with found.stream(EVENTS, {"Last-Event-ID": str(seen[-1])}) as following:
                seen += await ids(following, second.state.seq - seen[-1])
        await second.engine.close()
        assert seen == list(range(1, second.state.seq + 1))

    asyncio.run(life())


def test_with_the_disk_full_the_state_is_shown_and_its_entries_come_once_when_there_is_room(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        newest, live = found.controller.state.seq, str(found.controller.state.live)
        async with found.stream(f"{LIVE}?after={newest}") as following:
            found.machine.journal.full = True
            await found.controller.engine.rollback(APP, None, "alice")
            assert found.controller.app.history.unsaved
            await until(following, "status", lambda sent: sent.data["live"] != live)
            found.machine.journal.full = False
            await found.controller.settle()
            async with asyncio.timeout(30):
                while found.controller.app.history.unsaved:
                    await asyncio.sleep(0.05)
            count = found.controller.state.seq - newest
            seen = [(await until(following, "entry")).id for _ in range(count)]
            assert seen == list(range(newest + 1, newest + 1 + count))

    streamed(tmp_path, look)


def test_it_ends_at_once_when_the_controller_does(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        async with found.stream(LIVE) as live, found.stream(EVENTS + "?after=9000") as quiet:
            await live()
            found.controller.engine.live.close()
            async with asyncio.timeout(2):
                await ended(quiet)
                await ended(live)

    streamed(tmp_path, look)


def test_when_the_last_one_has_gone_nothing_is_left_to_be_done(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        engine = found.controller.engine
        for _ in range(3):
            async with found.stream(LIVE) as following, found.stream(EVENTS):
                await following()
                assert engine.live.feeds._open
                assert engine.pulse._following
        async with asyncio.timeout(10):
            while engine.live.feeds._open or engine.pulse._following:
                await asyncio.sleep(0.02)
        assert found.controller.app.recent.probed is None

    streamed(tmp_path, look)


def test_one_that_takes_nothing_holds_up_nobody_and_misses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "RING", 20_000)

    async def look(found: Streaming) -> None:
        after = found.controller.state.seq
        reader, writer = await asyncio.open_unix_connection(str(found.machine.home / "a.sock"), limit=1024)
        writer.write(f"GET {EVENTS}?after={after} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n".encode())
        async with found.stream(f"{EVENTS}?after={after}") as following:
            for _ in range(20):
                await crash(found, 200)
                await ids(following, 200)
        text = b""
        async with asyncio.timeout(60):
            while f"id: {after + 4000}\n".encode() not in text:
                text += await reader.read(1 << 20)
        writer.close()
        # Where chunks meet, their length stands in between.
        seen = re.findall(rb"^id: (\d+)\n", text.replace(b"\r", b""), re.MULTILINE)
        # More than that where something ended by itself meanwhile: the standby's time, say.
        assert [int(id) for id in seen] == list(range(after + 1, after + 1 + len(seen)))

    streamed(tmp_path, look)


def probed(sent: Sent) -> Any:
    return sent.data["next"]["rollback"]["probed"]


def test_the_standby_is_asked_while_somebody_looks(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        async with found.stream(LIVE) as following:
            sent = await until(following, "status", probed)
            assert probed(sent)["healthy"] is True
            assert sent.data["next"]["rollback"]["about"] is not None
            for id in [id for id in found.machine.running if id.place == "blue" and id.component == "web"]:
                found.controller.runtime.crash(id, recovers=False)
            await until(following, "status", lambda sent: probed(sent) and not probed(sent)["healthy"])

    streamed(tmp_path, look)
