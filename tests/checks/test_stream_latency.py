"""Streamed answers of real servers, measured: soon, slow, broken, or no streams at all."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.checks.base import Finding, Progress, Target
from bluegreen.checks.stream_latency import StreamLatencyChecker
from bluegreen.core.spec import StreamLatency
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Respond, cut, flood, hang_in_the_body, serving, text
from tests.checks.streaming import stream


def check(folder: Path, respond: Respond, told: list[Progress] | None = None, **options: Any) -> Finding:
    (folder / "golden.jsonl").write_text(json.dumps({"prompt": "capital of France?"}))
    with serving(**{"v1/chat/completions": respond}) as server:
        target = Target(server.url, None, str(folder), {}, tell=(told if told is not None else []).append)
        wanted = StreamLatency("golden.jsonl", "/v1/chat/completions", **{"requests": 6, "ttft_p95": 30.0, **options})
        found = asyncio.run(StreamLatencyChecker().run(wanted, target))
        assert len(server.seen) <= wanted.requests
        assert server.most_at_once <= wanted.at_once
    return found


def test_streams_that_are_soon_enough(tmp_path: Path) -> None:
    found = check(tmp_path, stream("a", "b", "c", gap=0.001, told=30), tokens_per_second=0.01, gap_p95=30.0)
    assert found.verdict is Verdict.ALLOW
    assert found.evidence["streams"] == 6
    assert found.evidence["broken"] == 0
    assert 0 < found.evidence["ttft_p50"] <= found.evidence["ttft_p95"]
    assert found.reason.startswith("6 streams: ttft_p95 ")


def test_how_far_it_is_is_told_stream_by_stream(tmp_path: Path) -> None:
    told: list[Progress] = []
    check(tmp_path, stream("a", done=False), told)
    assert [(progress.done, progress.of) for progress in told] == [(n, 6) for n in range(7)]
    assert told[0].said == "0 of 6 streams"
    assert told[-1].said == "6 of 6 streams, 6 broke so far"


@pytest.mark.parametrize(
    ("respond", "limit", "reason"),
    [
        (stream("a", "b", before=0.05), {"ttft_p50": 0.01}, "ttft_p50: "),
        (stream("a", "b", before=0.05), {"ttft_p95": 0.01}, "and 10 ms is the most"),
        (stream("a", "b", "c", gap=0.05), {"gap_p95": 0.01}, "gap_p95: "),
        (stream("a", "b", "c", gap=0.01), {"tokens_per_second": 1e6}, "and more than 1e+06 are asked for"),
    ],
)
def test_streams_that_are_too_slow_block(respond: Respond, limit: Any, reason: str, tmp_path: Path) -> None:
    found = check(tmp_path, respond, **limit)
    assert found.verdict is Verdict.BLOCK
    assert reason in found.reason


@pytest.mark.parametrize(
    ("respond", "why"),
    [
        (stream("a", done=False), "it ended without saying that it is complete"),
        (stream("a", done=False, cut=True), "no whole answer"),
        (stream("a", error="out of memory"), "out of memory"),
        (stream(), "no text came"),
        (stream("word " * 1000, over_and_over=True), "more than 1 MB came back"),
        (text("overloaded", 503), "status 503: overloaded"),
        (text('{"choices": []}', 200, Content_Type="application/json"), "the answer is no event stream"),
        (cut, "the answer is no event stream"),
        (flood, "the answer is no event stream"),
    ],
)
def test_streams_that_break_block(respond: Respond, why: str, tmp_path: Path) -> None:
    found = check(tmp_path, respond)
    assert found.verdict is Verdict.BLOCK
    assert why in found.reason
    assert why in found.evidence["why"]


def test_some_may_break_where_the_file_says_so(tmp_path: Path) -> None:
    assert check(tmp_path, stream("a", "b", done=False), broken=1.0).verdict is Verdict.ALLOW


def test_one_that_hangs_breaks(tmp_path: Path) -> None:
    found = check(tmp_path, stream("a", before=60), within=0.2, requests=2)
    assert found.verdict is Verdict.BLOCK
    assert "no end within 0.2 s" in found.reason
    assert check(tmp_path, hang_in_the_body, within=0.2, requests=2).verdict is Verdict.BLOCK


def test_a_pace_that_no_stream_can_tell_cannot_be_told(tmp_path: Path) -> None:
    found = check(tmp_path, stream("all at once"), tokens_per_second=30.0)
    assert found.verdict is Verdict.CANNOT_TELL
    assert "tokens_per_second: none of 6 streams could tell" in found.reason


def test_bodies_ask_for_a_stream(tmp_path: Path) -> None:
    bodies: list[Any] = []

    def respond(handler: Any) -> None:
        bodies.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        handler.answer(200, b"data: a\n\ndata: [DONE]\n\n", Content_Type="text/event-stream")

    assert check(tmp_path, respond, requests=1, request={"model": "chat"}).verdict is Verdict.ALLOW
    assert bodies == [
        {"model": "chat", "messages": [{"role": "user", "content": "capital of France?"}], "stream": True}
    ]


def test_nobody_to_ask_blocks_and_a_wrong_file_cannot_be_told(tmp_path: Path) -> None:
    (tmp_path / "golden.jsonl").write_text('{"prompt": "x"}')
    wanted = StreamLatency("golden.jsonl", "/", requests=2)
    target = Target("http://127.0.0.1:1", None, str(tmp_path), {})
    assert asyncio.run(StreamLatencyChecker().run(wanted, target)).verdict is Verdict.BLOCK
    (tmp_path / "golden.jsonl").write_text('{"promt": "x"}')
    assert asyncio.run(StreamLatencyChecker().run(wanted, target)).verdict is Verdict.CANNOT_TELL
