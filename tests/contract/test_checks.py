"""What every checker promises, whatever kind of check it runs."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.checks.base import Checker, Finding, Progress, Reach, Target
from bluegreen.checks.command import CommandChecker
from bluegreen.checks.golden import GoldenChecker
from bluegreen.checks.http import HttpChecker
from bluegreen.checks.shadow.checker import ShadowChecker
from bluegreen.checks.stream_latency import StreamLatencyChecker
from bluegreen.core.spec import CommandCheck, Golden, HttpCheck, ShadowCheck, StreamLatency
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Handler, Server, flood, serving, text
from tests.checks.shadow.shop import Stream
from tests.checks.streaming import stream

SECRET = "hunter2-hunter2"


@dataclass
class Case:
    """One kind of checker, with a check for each situation."""

    checker: Checker[Any]
    target: Target
    allowed: Any
    blocked: Any
    hangs: Any
    floods: Any
    leaks: Any
    impossible: tuple[Any, Target]
    under_way: Callable[[], bool]
    """Whether the one that hangs has begun, and nothing has ended it."""
    beside: ExitStack = field(default_factory=ExitStack)
    """What it needs beside the server."""


def http_case(server: Server, folder: Path) -> Case:
    target = Target(server.url, None, str(folder), {}, (SECRET,))
    return Case(
        checker=HttpChecker(),
        target=target,
        allowed=HttpCheck("/ok", within=30.0),
        blocked=HttpCheck("/broken", within=30.0),
        hangs=HttpCheck("/hang", within=0.3),
        floods=HttpCheck("/flood", matches="never", within=30.0),
        leaks=HttpCheck("/leak", matches="nothing", within=30.0),
        impossible=(HttpCheck("/"), Target("nonsense://x", None, str(folder), {}, (SECRET,))),
        under_way=lambda: server.hanging > 0,
    )


def command_case(server: Server, folder: Path) -> Case:
    env = {"PATH": os.environ["PATH"], "SECRET": SECRET}
    target = Target(server.url, None, str(folder), env, (SECRET,))

    def under_way() -> bool:
        try:
            return "sleep" in Path(f"/proc/{int((folder / 'pid').read_text())}/cmdline").read_text()
        except (FileNotFoundError, ValueError):
            return False

    return Case(
        checker=CommandChecker(),
        target=target,
        allowed=CommandCheck("true", 30.0),
        blocked=CommandCheck("echo broken; exit 1", 30.0),
        hangs=CommandCheck("echo $$ > pid; exec sleep 1000", 0.3),
        floods=CommandCheck("yes flood", 0.5),
        leaks=CommandCheck('echo "leak $SECRET"; exit 1', 30.0),
        impossible=(CommandCheck("true"), Target(server.url, None, str(folder / "gone"), env, (SECRET,))),
        under_way=under_way,
    )


def shadow_case(server: Server, folder: Path) -> Case:
    """The server is the new release; the live one answers everything well."""
    beside = ExitStack()
    live = beside.enter_context(serving(**{path[1:]: text("ok") for path in server.paths}))
    new, old = (Reach(name, {"/": (one.url.removeprefix("http://"),)}) for name, one in (("r2", server), ("r1", live)))
    target = Target(server.url, None, str(folder), {}, (SECRET,), "shop", new, old, Stream(paths=None).copies)

    def check(path: str, **more: Any) -> ShadowCheck:
        return ShadowCheck(**{"share": 100.0, "duration": 2.0, "must_find": 1.0, "paths": (path,), **more})

    return Case(
        checker=ShadowChecker(),
        target=target,
        allowed=check("/ok"),
        blocked=check("/broken", duration=60.0),
        hangs=check("/hang", duration=60.0, within=0.3),
        floods=check("/flood", duration=60.0),
        leaks=check("/leak", duration=60.0),
        impossible=(check("/ok"), replace(target, copies=None)),
        under_way=lambda: server.hanging > 0,
        beside=beside,
    )


def golden_case(server: Server, folder: Path) -> Case:
    for name in ("ok", "broken", "hang", "flood", "leak"):
        line = {"method": "GET", "path": f"/{name}", "expect": {"exact": "ok"}}
        (folder / f"{name}.jsonl").write_text(json.dumps(line))
    target = Target(server.url, None, str(folder), {}, (SECRET,))
    return Case(
        checker=GoldenChecker(),
        target=target,
        allowed=Golden("ok.jsonl"),
        blocked=Golden("broken.jsonl"),
        hangs=Golden("hang.jsonl", within=0.3),
        floods=Golden("flood.jsonl"),
        leaks=Golden("leak.jsonl"),
        impossible=(Golden("ok.jsonl"), Target("nonsense://x", None, str(folder), {}, (SECRET,))),
        under_way=lambda: server.hanging > 0,
    )


def latency_case(server: Server, folder: Path) -> Case:
    for name in ("stream", "broken", "hang", "stream-flood", "stream-leak"):
        (folder / f"{name}.jsonl").write_text(json.dumps({"method": "GET", "path": f"/{name}"}))
    target = Target(server.url, None, str(folder), {}, (SECRET,))

    def check(name: str, **changes: Any) -> StreamLatency:
        return StreamLatency(f"{name}.jsonl", **{"requests": 4, "ttft_p95": 30.0, **changes})

    return Case(
        checker=StreamLatencyChecker(),
        target=target,
        allowed=check("stream"),
        blocked=check("broken"),
        hangs=check("hang", within=0.3, at_once=1, requests=1),
        floods=check("stream-flood"),
        leaks=check("stream-leak"),
        impossible=(check("stream"), Target("nonsense://x", None, str(folder), {}, (SECRET,))),
        under_way=lambda: server.hanging > 0,
    )


def hang_noticed(handler: Handler) -> None:
    """Hang until the client goes away."""
    handler.server.hanging += 1
    handler.connection.recv(1)
    handler.server.hanging -= 1
    handler.close_connection = True


@pytest.fixture(params=[http_case, command_case, shadow_case, golden_case, latency_case])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    leak = text(f"leak {SECRET}")
    answers = {"ok": text("ok"), "broken": text("broken", 500), "hang": hang_noticed, "flood": flood, "leak": leak}
    answers |= {
        "stream": stream("a", "b"),
        "stream-flood": stream(*["word"] * 100_000, over_and_over=True),
        "stream-leak": stream("a", error=f"leak {SECRET}"),
    }
    with serving(**answers) as server:
        case = request.param(server, tmp_path)
        with case.beside:
            yield case


def run(case: Case, check: Any, target: Target | None = None) -> Finding:
    finding = asyncio.run(case.checker.run(check, target or case.target))
    assert finding.check == check.name
    assert finding.reason
    assert finding.seconds >= 0
    shown = json.dumps([finding.reason, dict(finding.evidence)])
    assert len(shown) < 10_000
    assert SECRET not in shown
    return finding


def test_allow_and_block(case: Case) -> None:
    assert run(case, case.allowed).verdict is Verdict.ALLOW
    blocked = run(case, case.blocked)
    assert blocked.verdict is Verdict.BLOCK
    assert "broken" in json.dumps(blocked.evidence)


def test_what_it_tells_on_its_way_only_grows(case: Case) -> None:
    for check in (case.allowed, case.leaks):
        told: list[Progress] = []
        run(case, check, replace(case.target, tell=told.append))
        done = [progress.done for progress in told]
        assert done == sorted(done)
        assert all(progress.of is None or progress.done <= progress.of for progress in told)
        assert SECRET not in str(told)


def test_one_that_hangs_blocks_and_is_ended(case: Case) -> None:
    assert run(case, case.hangs).verdict is Verdict.BLOCK
    wait_until(lambda: not case.under_way())


def test_one_that_floods_blocks_with_little_evidence(case: Case) -> None:
    assert run(case, case.floods).verdict is Verdict.BLOCK


def test_secrets_are_masked(case: Case) -> None:
    assert "leak ***" in json.dumps(run(case, case.leaks).evidence)


def test_what_cannot_be_carried_out_cannot_be_told(case: Case) -> None:
    assert run(case, *case.impossible).verdict is Verdict.CANNOT_TELL


def test_cancelling_ends_what_it_started(case: Case) -> None:
    async def scenario() -> None:
        check = type(case.hangs)(**{**vars(case.hangs), "within": 60.0})
        task = asyncio.create_task(case.checker.run(check, case.target))
        async with asyncio.timeout(30):
            while not case.under_way():
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    wait_until(lambda: not case.under_way())


def test_many_at_once_do_not_disturb_one_another(case: Case) -> None:
    async def scenario() -> list[Finding]:
        checks = [case.allowed, case.blocked, case.hangs] * 3
        return await asyncio.gather(*(case.checker.run(check, case.target) for check in checks))

    allowed, blocked, hung = Verdict.ALLOW, Verdict.BLOCK, Verdict.BLOCK
    assert [finding.verdict for finding in asyncio.run(scenario())] == [allowed, blocked, hung] * 3


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
