"""What every source promises, whatever kind of evidence it reads."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

import pytest

from bluegreen.checks.command_verdict import CommandSource
from bluegreen.checks.http_probe import HttpProbeSource
from bluegreen.checks.json_value import JsonSource
from bluegreen.checks.prometheus import PrometheusSource
from bluegreen.checks.sources import Asked, Source, Watched
from bluegreen.core.errors import TemporaryError
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import CommandGuard, HttpProbe, JsonValue, Prometheus
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Respond, Server, flood, serving, text
from tests.contract.test_checks import hang_noticed, wait_until

SECRET = "hunter2-hunter2"


@dataclass
class Case:
    """One kind of source, with a guard for each situation."""

    source: Source[Any]
    watched: Watched
    well: Any
    hangs: Any
    floods: Any
    leaks: Any
    impossible: tuple[Any, Watched]
    under_way: Callable[[], bool]
    """Whether the one that hangs has begun, and nothing has ended it."""
    blocks_when_hanging: bool = False


def watching(server: Server, folder: Path) -> Watched:
    env = {"PATH": os.environ["PATH"], "SECRET": SECRET}
    return Watched({"/": [server.url.removeprefix("http://")]}, None, str(folder), env, (SECRET,))


def probe_case(server: Server, folder: Path) -> Case:
    watched = watching(server, folder)
    return Case(
        source=HttpProbeSource(),
        watched=watched,
        well=HttpProbe("/ok", within=30.0),
        hangs=HttpProbe("/hang", within=0.3),
        floods=HttpProbe("/flood", 204, within=30.0),
        leaks=HttpProbe("/leak", within=30.0),
        impossible=(HttpProbe("/ok"), replace(watched, instances={})),
        under_way=lambda: server.hanging > 0,
        blocks_when_hanging=True,
    )


def command_case(server: Server, folder: Path) -> Case:
    watched = watching(server, folder)

    def under_way() -> bool:
        try:
            return "sleep" in Path(f"/proc/{int((folder / 'pid').read_text())}/cmdline").read_text()
        except (FileNotFoundError, ValueError):
            return False

    return Case(
        source=CommandSource(),
        watched=watched,
        well=CommandGuard("true", within=30.0),
        hangs=CommandGuard("echo $$ > pid; exec sleep 1000", within=0.3),
        floods=CommandGuard("yes flood", within=0.5),
        leaks=CommandGuard('echo "leak $SECRET"; exit 1', within=30.0),
        impossible=(CommandGuard("true"), replace(watched, folder=str(folder / "gone"))),
        under_way=under_way,
    )


def prometheus_case(server: Server, folder: Path) -> Case:
    def at(name: str, within: float) -> Prometheus:
        server.paths[f"/{name}/api/v1/query?query=up&timeout={within:g}s"] = server.paths[f"/{name}"]
        return Prometheus("up", f"{server.url}/{name}", at_most=1.0, within=within)

    server.paths["/ok"] = text('{"status": "success", "data": {"resultType": "scalar", "result": [1, "7"]}}')
    at("hang", 60.0)
    return Case(
        source=PrometheusSource(),
        watched=watching(server, folder),
        well=at("ok", 30.0),
        hangs=at("hang", 0.3),
        floods=at("flood", 30.0),
        leaks=at("leak", 30.0),
        impossible=(Prometheus("up", "http://127.0.0.1:1", at_most=1.0), watching(server, folder)),
        under_way=lambda: server.hanging > 0,
    )


def json_case(server: Server, folder: Path) -> Case:
    server.paths["/ok"] = text("7")
    return Case(
        source=JsonSource(),
        watched=watching(server, folder),
        well=JsonValue(f"{server.url}/ok", "$", at_most=1.0, within=30.0),
        hangs=JsonValue(f"{server.url}/hang", "$", at_most=1.0, within=0.3),
        floods=JsonValue(f"{server.url}/flood", "$", at_most=1.0, within=30.0),
        leaks=JsonValue(f"{server.url}/leak", "$", at_most=1.0, within=30.0),
        impossible=(JsonValue("http://127.0.0.1:1/", "$", at_most=1.0), watching(server, folder)),
        under_way=lambda: server.hanging > 0,
    )


LEAK: Respond = text(json.dumps({"error": f"leak {SECRET}"}), 500, Location=f"/{SECRET}")


@pytest.fixture(params=[probe_case, command_case, prometheus_case, json_case])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    with serving(ok=text("ok"), hang=hang_noticed, flood=flood, leak=LEAK) as server:
        yield request.param(server, tmp_path)


def read(case: Case, guard: Any, watched: Watched | None = None) -> Reading:
    reading: Reading = asyncio.run(case.source.read(guard, watched or case.watched))
    assert reading.value is not None or reading.why
    assert len(reading.why) < 1000
    assert SECRET not in reading.why
    return reading


def healthy(reading: Reading) -> bool:
    return reading.value is not None or reading.verdict is Verdict.ALLOW


def test_all_kinds_are_installed() -> None:
    kinds = {guard.kind for guard in get_args(Asked)}
    assert {
        entry.name: type(entry.load()()).__name__ for entry in entry_points(group="bluegreen.sources")
    }.keys() == kinds


def test_one_that_is_well(case: Case) -> None:
    assert healthy(read(case, case.well))


def test_one_that_hangs_is_not_healthy_and_is_ended(case: Case) -> None:
    reading = read(case, case.hangs)
    assert (reading.value, reading.verdict) == (None, Verdict.BLOCK if case.blocks_when_hanging else None)
    wait_until(lambda: not case.under_way())


def test_one_that_floods_is_not_healthy(case: Case) -> None:
    assert not healthy(read(case, case.floods))


def test_secrets_are_masked(case: Case) -> None:
    assert not healthy(read(case, case.leaks))


def test_what_cannot_be_asked_is_missing(case: Case) -> None:
    reading = read(case, *case.impossible)
    assert (reading.value, reading.verdict) == (None, None)


def test_before_remembers_nothing_or_says_so(case: Case) -> None:
    guard, watched = case.impossible
    if isinstance(guard, Prometheus):
        with pytest.raises(TemporaryError) as caught:
            asyncio.run(case.source.before(guard, watched, 60.0))
        assert caught.value.why
    else:
        assert not asyncio.run(case.source.before(guard, watched, 60.0))


def test_cancelling_ends_what_it_started(case: Case) -> None:
    async def scenario() -> None:
        task = asyncio.create_task(case.source.read(replace(case.hangs, within=60.0), case.watched))
        async with asyncio.timeout(30):
            while not case.under_way():
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    wait_until(lambda: not case.under_way())


def test_many_at_once_do_not_disturb_one_another(case: Case) -> None:
    async def scenario() -> list[Reading]:
        guards = [case.well, case.hangs] * 5
        return list(await asyncio.gather(*(case.source.read(guard, case.watched) for guard in guards)))

    assert [healthy(reading) for reading in asyncio.run(scenario())] == [True, False] * 5
