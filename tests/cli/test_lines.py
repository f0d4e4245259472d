"""A deployment line by line, with how far its checks are."""

from __future__ import annotations

import threading
import time

import pytest

from bluegreen.cli.asked import Now
from bluegreen.cli.lines import Lines
from bluegreen.cli.timeline import Timeline
from tests.cli.recorded import life

CASES = "golden evals.jsonl"


def verifying(lines: Lines) -> Timeline:
    timeline = Timeline()
    for entry in life()[:4]:
        timeline.take(entry)
        lines.update(timeline)
    return timeline


def test_checks_that_take_long_are_told_of_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    asked = threading.Semaphore(0)
    said = iter(f"{done} of 400 cases" for done in range(400))

    def ask() -> Now:
        asked.release()
        return Now(checks=[{"check": CASES, "since": time.time() - 42, "said": next(said)}])

    with Lines("shop", ask, soon=0.01) as lines:
        timeline = verifying(lines)
        for _ in range(3):
            assert asked.acquire(timeout=10)
        for entry in life()[4:6]:
            timeline.take(entry)
            lines.update(timeline)
    out = capsys.readouterr().out.splitlines()
    told = [line for line in out if CASES in line]
    assert told[:2] == [f"           · {CASES} (42 s): {done} of 400 cases" for done in (0, 1)]
    assert out.index(told[-1]) < out.index("           ✓ http /healthz (10.0 ms)"), "told when it was over"


def test_nothing_is_asked_before_checks_run_and_nothing_told_after(capsys: pytest.CaptureFixture[str]) -> None:
    asked, answer = threading.Semaphore(0), threading.Event()

    def ask() -> Now:
        asked.release()
        answer.wait(10)
        return Now(checks=[{"check": CASES, "since": time.time(), "said": ""}])

    timeline = Timeline()
    with Lines("shop", ask, soon=0.001) as lines:
        for entry in life()[:3]:
            timeline.take(entry)
            lines.update(timeline)
        assert not asked.acquire(timeout=0.1)
        timeline.take(life()[3])
        lines.update(timeline)
        assert asked.acquire(timeout=10)
        for entry in life()[4:]:
            timeline.take(entry)
            lines.update(timeline)
        answer.set()
    assert CASES not in capsys.readouterr().out
