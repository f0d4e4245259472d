"""Logs that processes write by themselves: kept small, and read meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.runtimes.world import World, until

from bluegreen.core.spec import Ready
from bluegreen.runtimes.process import ProcessRuntime, logfile, logs
from bluegreen.runtimes.process.logfile import LogFile

ALIVE = Ready(run="true", within=10)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Logs are rotated from so many bytes on, and looked at more often."""
    monkeypatch.setattr(logs, "LARGEST", 10_000)
    monkeypatch.setattr(logfile, "LARGEST", 10_000)
    monkeypatch.setattr(logs, "_ROTATE_EVERY", 0.02)
    return 10_000


def test_a_flood_stays_small_and_its_reader_loses_nothing_that_was_kept(world: World, small: int) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("i=0; while [ ! -e stop ]; do i=$((i+1)); echo line $i; done; echo end; exec sleep 60", ALIVE)
        await runtime.start(spec)
        folder = world.home / "apps" / "shop" / "logs" / "green"
        await until((folder / "web-0.log.3").exists)
        assert max(path.stat().st_size for path in folder.glob("web-0.log.*")) <= 2 * small
        (world.release / "stop").touch()
        last = runtime.logs("shop", "green", "web", lines=5, follow=True)
        async for line in last:
            if line == "web.0 | end":
                break
        assert sorted(path.name for path in folder.iterdir()) == ["web-0.log", *(f"web-0.log.{n}" for n in (1, 2, 3))]

    world.play(scenario)


def test_following_goes_on_through_a_rotation(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("echo first; while [ ! -e go ]; do sleep 0.05; done; echo last; exec sleep 60", ALIVE)
        await runtime.start(spec)
        log = runtime._logs.of(spec.id)
        await until(lambda: b"first" in log.path.read_bytes())
        following = runtime.logs("shop", "green", "web", lines=1, follow=True)
        assert await anext(following) == "web.0 | first"
        log.append("before")
        log.rotate()
        (world.release / "go").touch()
        async with asyncio.timeout(10):
            assert [await anext(following), await anext(following)] == ["web.0 | before", "web.0 | last"]

    world.play(scenario)


def test_a_tail_reaches_into_rotated_files(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web-0.log")
    for number in range(6):
        log.append(f"line {number}")
        if number in (1, 3):
            log.rotate()
    assert log.tail(3)[0] == ["line 3", "line 4", "line 5"]
    assert log.tail(100)[0] == [f"line {number}" for number in range(6)]
    assert log.tail(0)[0] == []


def test_a_line_that_is_not_ended_is_shown_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        found = logs.Logs(tmp_path)
        folder = tmp_path / "apps" / "shop" / "logs" / "green"
        folder.mkdir(parents=True)
        path = folder / "web-0.log"
        path.write_text("one\ntw")
        (folder / "web-1.log").write_text("another's\n")
        (folder / "web-api-0.log").write_text("another component's\n")
        now = [line async for line in found.read("shop", "green", "web", 10, False)]
        assert now == ["web.0 | one", "web.0 | tw", "web.1 | another's"]
        following = found.read("shop", "green", "web", 10, True)
        assert [await anext(following), await anext(following)] == ["web.0 | one", "web.1 | another's"]
        with path.open("a") as file:
            file.write("o\n")
        assert await anext(following) == "web.0 | two"

    asyncio.run(scenario())


def test_what_a_process_wrote_since_its_start_includes_its_last_words(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    log.append("earlier")
    since = log.end
    with log.path.open("ab") as file:
        file.write(b"one\ntwo\nthree")
    assert log.last_words(2, since=since) == ["two", "three"]
    assert log.last_words(9, since=since) == ["one", "two", "three"]


def test_a_log_that_cannot_be_copied_is_cut_all_the_same(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    (tmp_path / "log.1").mkdir()
    (tmp_path / "log.2").mkdir()
    (tmp_path / "log.2" / "in the way").touch()
    log.append("words")
    log.rotate()
    assert log.path.read_bytes() == b""
