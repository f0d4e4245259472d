"""What a shadow check says, with real servers and a real collector."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.checks.base import Finding, Progress
from bluegreen.checks.shadow import process
from bluegreen.checks.shadow.checker import ShadowChecker, progress
from bluegreen.checks.shadow.collector import PACE, Collector
from bluegreen.checks.shadow.copies import Copy
from bluegreen.checks.shadow.messages import Orders
from bluegreen.core.shadow import Tally
from bluegreen.core.spec import ShadowCheck
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Handler, Respond, text
from tests.checks.shadow.shop import SECRET, Both, Stream, both

CHECK = ShadowCheck(share=100.0, duration=3.0, must_find=1.0)
LONG = replace(CHECK, duration=600.0)


def check(shop: Both, check: ShadowCheck = CHECK, stream: Stream | None = None) -> Finding:
    return asyncio.run(ShadowChecker().run(check, shop.target(stream or Stream())))


def item(price: int, **more: object) -> Respond:
    return text(json.dumps({"price": price, **more}))


def noisy(handler: Handler) -> None:
    """Differs from itself in three of ten answers."""
    handler.answer(200, json.dumps({"price": 3 if random.random() < 0.83 else 4}).encode())


def collectors() -> list[int]:
    """Pids of the collectors that this test process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            ours = parent == os.getpid() and "bluegreen.checks.shadow" in (folder / "cmdline").read_text()
        except (OSError, ValueError):
            continue
        found += [int(folder.name)] if ours else []
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_a_release_that_answers_alike_is_allowed() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        found = check(shop)
        assert found.verdict is Verdict.ALLOW, found
        assert found.evidence["same"] == found.evidence["compared"] >= 9
        assert "would have been found" in found.reason
        assert len(shop.live.seen) >= 2 * len(shop.idle.seen) - 2


def test_one_that_differs_is_blocked_long_before_the_time_is_over() -> None:
    with both({"item": item(3)}, {"item": item(4)}) as shop:
        stream = Stream()
        found = check(shop, LONG, stream)
        assert found.verdict is Verdict.BLOCK, found
        assert found.seconds < 60
        assert found.evidence["new_only"] == found.evidence["compared"]
        assert found.evidence["examples"].splitlines() == ["GET /item: $.price: 3, now 4"] * 5
        assert "r2 alone" in found.reason
        assert stream.ended


def test_how_far_it_is_is_told_while_it_compares() -> None:
    told: list[Progress] = []
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        asyncio.run(ShadowChecker().run(CHECK, replace(shop.target(Stream()), tell=told.append)))
    assert told[0].said.startswith("0 requests compared, none differ, 3 s to go")
    assert told[-1].done > 0
    assert "requests compared, none differ" in told[-1].said


@pytest.mark.parametrize(
    ("tally", "elapsed", "of", "said"),
    [
        (Tally(), 60.0, None, "0 requests compared, none differ, 60 s to go"),
        (Tally(same=9, new_only=1), 1.0, None, "10 requests compared, 1 differ, 119 s to go"),
        (Tally(same=478, new_only=2), 72.0, 800, "480 of about 800 requests compared, 2 differ, 48 s to go"),
        (
            Tally(same=70, new_only=12, live_only=9, both=9),
            60.0,
            200,
            "100 of about 200 requests compared, 12 differ (r1, asked twice, 9), 60 s to go",
        ),
        # More than that cannot be asked about.
        (Tally(same=90), 3.0, 3000, "90 of about 3000 requests compared, none differ, 117 s to go"),
        (Tally(same=1040), 120.4, 1040, "1040 of about 1040 requests compared, none differ, 0 s to go"),
    ],
)
def test_how_far_it_is_in_words(tally: Tally, elapsed: float, of: int | None, said: str) -> None:
    assert progress(replace(CHECK, duration=120.0), tally, elapsed, "r1") == Progress(tally.compared, of, said)


def test_noise_is_cancelled_by_asking_twice() -> None:
    with both({"item": noisy}, {"item": noisy}) as shop:
        found = check(shop, replace(CHECK, must_find=1.0))
        assert found.verdict is Verdict.ALLOW, found
        assert found.evidence["live_only"] + found.evidence["both"] > 0


def test_what_is_ignored_may_differ() -> None:
    with both({"item": item(3, id=1)}, {"item": item(3, id=2)}) as shop:
        assert check(shop, replace(CHECK, ignore=("$.id",))).verdict is Verdict.ALLOW


def test_without_copies_nothing_can_be_told() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        found = check(shop, replace(CHECK, duration=0.5), Stream(paths=()))
        assert found.verdict is Verdict.CANNOT_TELL
        assert "no copies of users' requests came" in found.reason


def test_few_copies_are_too_few() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        found = check(shop, replace(CHECK, must_find=0.001))
        assert found.verdict is Verdict.CANNOT_TELL
        assert found.evidence["compared"] > 0
        assert "too few answers" in found.reason


def test_a_live_release_that_does_not_answer_is_nothing_to_compare_with() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        target = shop.target(Stream())
        assert target.live is not None
        gone = replace(target, live=replace(target.live, instances={"/": ("127.0.0.1:1",)}))
        found = asyncio.run(ShadowChecker().run(CHECK, gone))
        assert found.verdict is Verdict.CANNOT_TELL
        assert "r1 answered none" in found.reason


def test_a_new_release_that_does_not_answer_differs() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        target = shop.target(Stream())
        assert target.idle is not None
        gone = replace(target, idle=replace(target.idle, instances={"/": ("127.0.0.1:1",)}))
        found = asyncio.run(ShadowChecker().run(LONG, gone))
        assert found.verdict is Verdict.BLOCK
        assert "cannot be reached" in found.evidence["examples"]


def test_before_the_first_release_there_is_nothing_to_compare_with() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        stream = Stream()
        found = asyncio.run(ShadowChecker().run(LONG, replace(shop.target(stream), live=None)))
        assert found.verdict is Verdict.ALLOW
        assert not stream.asked_for


def test_credentials_reach_nobody_and_secrets_are_masked() -> None:
    headers = {"authorization": SECRET, "cookie": "a=b", "x-api-key": "k", "x-session": "s", "x-other": "o"}
    stream = Stream(headers=headers, paths=(f"/item?token={SECRET}",))
    answers = {f"item?token={SECRET}": item(3, key=SECRET)}
    with both(answers, {f"item?token={SECRET}": item(4, key="x")}) as shop:
        found = check(shop, replace(LONG, without=("x-session",)), stream)
        assert found.verdict is Verdict.BLOCK
        assert SECRET not in json.dumps([found.reason, dict(found.evidence)])
        for server in (shop.live, shop.idle):
            for method, _, sent in server.seen:
                assert method == "GET"
                assert (sent["x-other"], sent["x-bluegreen-shadow"]) == ("o", "1")
                assert not {"authorization", "cookie", "x-api-key", "x-session"} & set(sent)


def test_credentials_are_kept_where_the_file_says_so() -> None:
    with both({"item": item(3)}, {"item": item(4)}) as shop:
        check(shop, replace(LONG, credentials=True), Stream(headers={"authorization": "Bearer x", "cookie": "a=b"}))
        assert {(sent["authorization"], sent["cookie"]) for _, _, sent in shop.idle.seen} == {("Bearer x", "a=b")}


def test_refused_copies_are_told_of() -> None:
    with both({"item": text("who are you", 401)}, {"item": text("who are you", 401)}) as shop:
        found = check(shop)
        assert found.verdict is Verdict.ALLOW
        assert "100% of them were answered 401 or 403" in found.reason


def test_bodies_are_sent_on() -> None:
    def echo(handler: Handler) -> None:
        handler.answer(200, handler.rfile.read(int(handler.headers["content-length"])))

    with both({"item": echo}, {"item": echo}) as shop:
        found = check(shop, CHECK, Stream(method="POST", body=b'{"q": 1}'))
        assert found.verdict is Verdict.ALLOW
        assert found.evidence["statuses"] == f"200: {found.evidence['compared']}"


def test_copies_that_are_too_long_are_dropped_and_counted() -> None:
    with both({"item": item(3)}, {"item": item(3)}) as shop:
        found = check(shop, replace(CHECK, duration=1.0), Stream(method="POST", body=b"x" * (300 << 10)))
        assert found.verdict is Verdict.CANNOT_TELL
        assert found.evidence["dropped"] > 0
        assert not shop.idle.seen


def test_more_than_can_be_asked_about_is_dropped_and_counted() -> None:
    async def scenario(shop: Both) -> Tally:
        target = shop.target(Stream())
        assert target.live is not None
        assert target.idle is not None
        collector = Collector(Orders(CHECK, target.live.instances, target.idle.instances))
        for _ in range(1000):
            collector.take(Copy("GET", "/item", (("host", "x"),)))
        while collector.report(1).tally.compared < 5:
            await asyncio.sleep(0.01)
        await collector.finish()
        return collector.report(1).tally

    with both({"item": item(3)}, {"item": item(3)}) as shop:
        tally = asyncio.run(scenario(shop))
    assert tally.compared + tally.dropped == 1000, "each copy is counted once"
    assert 5 <= tally.compared <= PACE
    assert len(shop.idle.seen) <= PACE


@pytest.mark.parametrize(("number", "said"), [(signal.SIGKILL, "ended by itself"), (signal.SIGSTOP, "said nothing")])
def test_a_collector_that_is_lost_is_missing_evidence(
    number: signal.Signals, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SILENCE", 1.0)

    async def scenario(shop: Both) -> Finding:
        stream = Stream()
        task = asyncio.create_task(ShadowChecker().run(LONG, shop.target(stream)))
        async with asyncio.timeout(60):
            while not stream.sent:
                await asyncio.sleep(0.01)
        (pid,) = collectors()
        os.kill(pid, number)
        return await task

    with both({"item": item(3)}, {"item": item(3)}) as shop:
        found = asyncio.run(scenario(shop))
    assert found.verdict is Verdict.CANNOT_TELL
    assert said in found.reason
    assert collectors() == []


def test_cancelling_ends_the_collector_and_the_copies() -> None:
    async def scenario(shop: Both) -> Stream:
        stream = Stream()
        task = asyncio.create_task(ShadowChecker().run(LONG, shop.target(stream)))
        async with asyncio.timeout(60):
            while not stream.sent:
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return stream

    with both({"item": item(3)}, {"item": item(3)}) as shop:
        assert asyncio.run(scenario(shop)).ended
    assert collectors() == []


PARENT = """
import asyncio, sys
from bluegreen.checks.shadow.messages import Orders
from bluegreen.checks.shadow.process import collecting
from bluegreen.core.spec import ShadowCheck

async def main():
    async with collecting(Orders(ShadowCheck(10.0), {}, {})) as collector:
        await collector.report(60)
        print(collector.pid, flush=True)
        await asyncio.sleep(1000)

asyncio.run(main())
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_the_collector_ends_with_the_controller_however_that_dies(stopped: bool) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    if stopped:
        os.kill(pid, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    wait_until(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
