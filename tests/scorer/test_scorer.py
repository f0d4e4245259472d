"""The scorer as a process: what it is shown, it counts; and it is there whenever it is wanted."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bluegreen.scorer.base import Rule, Shown, Tally, Wanted
from bluegreen.scorer.process import ProcessScorer
from bluegreen.scorer.server import MOST
from tests.scorer.protocol import Shower, answer, piece, request, whole

BLUE, GREEN = "shop/blue/1/web", "shop/green/2/web"
JSON = Rule("json", "parse", "json", ("/v1",))


@asynccontextmanager
async def scoring(*rules: Rule) -> AsyncIterator[tuple[ProcessScorer, Shower]]:
    """A scorer that is ready, and who shows it samples."""
    with TemporaryDirectory(prefix="bgs-") as home:
        (Path(home) / "envoy").mkdir()
        scorer = ProcessScorer(Path(home))
        scorer.want({"shop": Wanted(rules)})
        await until(lambda: not scorer.trouble)
        shower = Shower(Path(home) / "envoy" / "sampler.sock")
        try:
            yield scorer, shower
        finally:
            await shower.close()
            await scorer.close()


async def until(condition: Callable[[], object], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


def lived(life: Callable[[ProcessScorer, Shower], Awaitable[None]], *rules: Rule) -> None:
    async def main() -> None:
        async with scoring(*rules) as (scorer, shower):
            await life(scorer, shower)

    asyncio.run(main())


def tally(scorer: ProcessScorer, backend: str, key: str = "json") -> Tally:
    return scorer.tallies().get(backend, {}).get(key, Tally())


def test_each_answer_is_counted_for_the_backend_that_gave_it() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        for body in (b'{"a":1}', b"[]", b"I would say", b""):
            await shower.show(BLUE, whole(body))
        await shower.show(GREEN, whole(b"{"))
        await shower.show("other/blue/1/web", whole(b"{"))
        await until(lambda: tally(scorer, BLUE).scored == 4 and tally(scorer, GREEN).scored == 1)
        assert (tally(scorer, BLUE).bad, tally(scorer, GREEN).bad) == (2, 1)
        assert set(scorer.tallies()) == {BLUE, GREEN}

    lived(life, JSON)


def test_what_is_no_answer_to_judge_does_not_count() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        for messages in (
            whole(b"oops", status=500),
            whole(b"oops", status=404),
            whole(b"", status=204),
            whole(b"page", path="/page"),
            whole(b"page", path="/v1x"),
            whole(b"frame", kind="application/grpc"),
            [request("/v1/chat", "HEAD"), answer()],
            [request("/v1/chat"), answer(**{"content-encoding": "br"}), piece(b"{", ended=True)],
            [request("/v1/chat"), answer(), piece(b"x" * 40_000), piece(b"x" * 40_000)],
        ):
            await shower.show(BLUE, messages)
        await shower.show(BLUE, whole(b"{}"))
        await until(lambda: tally(scorer, BLUE).scored)
        assert tally(scorer, BLUE) == Tally(1, 0)

    lived(life, JSON)


def test_what_there_is_no_room_for_is_counted_as_dropped() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        waiting = [request("/v1/chat"), answer(kind="text/event-stream")]
        held = [asyncio.create_task(shower.show(BLUE, waiting, breaks=True, after=60.0)) for _ in range(MOST)]
        await until(lambda: scorer.shown().get("shop") == Shown(MOST))
        await shower.show(BLUE, whole(b"{}"))
        await shower.show("other/blue/1/web", whole(b"{}"))
        await until(lambda: scorer.shown() == {"shop": Shown(MOST + 1, 1)})
        for one in held:
            one.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        assert scorer.pid is not None
        os.kill(scorer.pid, signal.SIGKILL)
        await until(lambda: scorer.trouble)
        assert scorer.shown() == {"shop": Shown(MOST + 1, 1)}, "what an earlier process has counted stays"

    lived(life, JSON)


def test_packed_answers_are_unpacked() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        for body in (b'{"a":1}', b"no"):
            packed = [request("/v1/chat"), answer(**{"content-encoding": "gzip"}), piece(gzip.compress(body))]
            await shower.show(BLUE, [*packed, piece(b"", ended=True)])
        # Nobody's memory is filled by what unpacks to a thousand times its size.
        bomb = [request("/v1/chat"), answer(**{"content-encoding": "gzip"}), piece(gzip.compress(b"[" * 5_000_000))]
        await shower.show(BLUE, [*bomb, piece(b"", ended=True)])
        await until(lambda: tally(scorer, BLUE).scored == 2)
        assert tally(scorer, BLUE).bad == 1

    lived(life, JSON)


def test_streams_that_break_off_and_how_fast_the_others_come() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        begin = [request("/v1/chat"), answer(kind="text/event-stream; charset=utf-8")]
        pieces = [piece(b"data: %d\n\n" % number) for number in range(5)]
        await shower.show(BLUE, [*begin, *pieces, piece(b"", ended=True)])
        await shower.show(BLUE, [*begin, *pieces], breaks=True)
        await until(lambda: tally(scorer, BLUE, "broken").scored == 2)
        assert tally(scorer, BLUE, "broken").bad == 1
        assert sum(tally(scorer, BLUE, "ttft").values.values()) == 2
        assert sum(tally(scorer, BLUE, "gap").values.values()) == 2, "one for each stream, however many tokens it has"
        assert sum(tally(scorer, BLUE, "rate").values.values()) == 1

    lived(life, *(Rule(kind, kind) for kind in ("broken", "ttft", "gap", "rate")))


def test_killed_or_hanging_it_is_started_again_and_keeps_its_counts() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        await shower.show(BLUE, whole(b"no"))
        await until(lambda: tally(scorer, BLUE).scored == 1)
        for stop in (signal.SIGKILL, signal.SIGSTOP):
            pid = scorer.pid
            assert pid is not None
            os.kill(pid, stop)
            await until(lambda: scorer.trouble)
            await until(lambda: not scorer.trouble)
            assert not psutil.pid_exists(pid)
        assert tally(scorer, BLUE) == Tally(1, 1)

        async def counted() -> bool:
            await shower.show(BLUE, whole(b"no"))
            return tally(scorer, BLUE).scored > 1

        async with asyncio.timeout(30):
            while not await counted():
                await asyncio.sleep(0.2)

    lived(life, JSON)


def test_it_runs_only_while_it_is_wanted() -> None:
    async def life(scorer: ProcessScorer, shower: Shower) -> None:
        pid = scorer.pid
        assert pid is not None
        scorer.want({})
        assert scorer.trouble
        await until(lambda: not psutil.pid_exists(pid))
        scorer.want({"shop": Wanted((JSON,))})
        await until(lambda: not scorer.trouble)

    lived(life, JSON)


def test_bad_answers_are_told_redacted_and_only_of_who_is_asked_for() -> None:
    async def main() -> None:
        async with scoring(JSON) as (scorer, shower):
            scorer.want({"shop": Wanted((JSON,), ("card [0-9]+",))})
            for backend, body in ((BLUE, b"{}"), (BLUE, b"no, card 4711"), (GREEN, b"neither")):
                await shower.show(backend, whole(body, "/v1/chat?token=secret"))
            await until(lambda: tally(scorer, BLUE).scored == 2 and tally(scorer, GREEN).scored == 1)
            found = await scorer.evidence("shop", "shop/blue/", "json")
            assert [one["body"] for one in found] == ["no, [redacted]"]
            assert [(one["path"], one["status"], one["method"]) for one in found] == [("/v1/chat", 200, "GET")]
            assert await scorer.evidence("shop", "shop/blue/", "other") == []

    asyncio.run(main())
