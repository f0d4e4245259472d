"""What a dashboard is sent: entries, status and figures in one stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.api.streaming import Sent, Streaming, streamed
from tests.engine.harness import APP
from tests.engine.watched import used

LIVE = f"/v1/apps/{APP}/live"
Next = Callable[[], Awaitable[Sent]]


async def until(following: Next, name: str, condition: Callable[[Sent], object] = lambda sent: True) -> Sent:
    async with asyncio.timeout(30):
        while True:
            sent = await following()
            if sent.name == name and condition(sent):
                return sent


def test_the_status_and_the_figures_come_first_and_then_what_happens(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        async with found.stream(LIVE) as following:
            first, second = await following(), await following()
            assert [first.name, second.name] == ["status", "figures"]
            assert first.data["app"] == APP
            assert set(second.data["environments"]) == {"blue", "green"}
            await found.controller.engine.lock(APP, "we look", "bob")
            entry = await until(following, "entry")
            assert (entry.data["event"]["kind"], entry.id) == ("locked", entry.data["seq"])
            await until(following, "status", lambda sent: sent.data["lock"])

    streamed(tmp_path, look)


def test_figures_come_each_second_while_somebody_looks(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        async with used(found.machine, rate=400.0), found.stream(LIVE) as following:
            live = str(found.controller.state.live)
            seen = await until(following, "figures", lambda sent: (sent.data["environments"][live] or {}).get("rps"))
            assert seen.data["environments"][live]["p95"] is not None
            ats = [(await until(following, "figures")).data["at"] for _ in range(3)]
            assert 1.0 < ats[2] - ats[0] < 6.0

    streamed(tmp_path, look)


def test_a_stream_is_resumed_without_loss_or_repetition(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        newest = found.controller.state.seq
        async with found.stream(f"{LIVE}?after={newest - 3}") as following:
            ids = [(await until(following, "entry")).id for _ in range(3)]
            assert ids == [newest - 2, newest - 1, newest]
        async with found.stream(LIVE, {"Last-Event-ID": str(newest - 1)}) as following:
            assert (await until(following, "entry")).id == newest

    streamed(tmp_path, look)


def test_the_last_quarter_of_an_hour_is_there_at_once_with_the_moves_in_it(tmp_path: Path) -> None:
    async def look(found: Streaming) -> None:
        async with used(found.machine, rate=400.0), found.stream(LIVE) as following:
            for _ in range(3):
                await until(following, "figures")
        await found.controller.engine.rollback(APP, None, "alice")
        answer = (await found.client.get(f"/v1/apps/{APP}/figures?seconds=60")).json()
        ats = [point["at"] for point in answer["points"]]
        assert len(ats) >= 3
        assert ats == sorted(ats)
        assert answer["points"][-1]["environments"]["green"]["rps"] > 0
        moves = [(mark["kind"], mark["shares"], mark["deployment"]) for mark in answer["marks"]]
        assert moves == [
            ("first", {"blue": 100, "green": 0}, 1),
            ("switch", {"blue": 0, "green": 100}, 2),
            ("rollback", {"blue": 100, "green": 0}, 3),
        ]
        assert (await found.client.get(f"/v1/apps/{APP}/figures?seconds=901")).status_code == 422
        assert (await found.client.get("/v1/apps/unknown/live")).status_code == 404

    streamed(tmp_path, look)
