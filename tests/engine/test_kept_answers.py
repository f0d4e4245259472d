"""The evidence of an alarm: kept for its time, readable by nobody else, and gone then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.core import events as e
from bluegreen.core.guards.base import GuardFinding
from bluegreen.core.model import Color
from bluegreen.core.output import Mask
from bluegreen.core.spec import ErrorRate, Outputs, Samples, Watch
from bluegreen.core.verdict import Verdict
from bluegreen.engine.answers import Answers
from bluegreen.engine.kept_answers import KeptAnswers
from bluegreen.scorer.memory import MemoryScorer
from tests.engine.harness import spec

NOW = 1_000_000.0
GUARD = Outputs("parse", "json")
WATCH = Watch(guards=(ErrorRate(), GUARD), samples=Samples(keep=60.0))
BAD = {"at": NOW, "method": "GET", "path": "/v1/s3cret", "status": 200, "why": "no JSON", "body": "it says s3cret"}


def state(watch: Watch) -> Any:
    release = SimpleNamespace(number=2, digest="d2", spec=spec(watch=watch))
    return SimpleNamespace(
        app="shop",
        deployment=SimpleNamespace(number=7, release=2, color=Color.GREEN),
        releases={2: release},
        environments={Color.GREEN: SimpleNamespace(generation=7)},
    )


def judged(*guards: str) -> e.Judged:
    findings = tuple(GuardFinding(name, Verdict.BLOCK, "worse") for name in guards)
    return e.Judged(7, 1, Verdict.BLOCK, 100, findings, 10.0, 0.0)


@pytest.fixture
def kept(tmp_path: Path) -> KeptAnswers:
    scorer = MemoryScorer()
    scorer.kept = [BAD]
    return KeptAnswers(tmp_path, scorer, Answers(scorer, lambda app, release: tmp_path))


def test_bad_answers_are_kept_masked_and_deleted_in_time(kept: KeptAnswers, tmp_path: Path) -> None:
    asyncio.run(kept.keep(state(WATCH), judged("error_rate", GUARD.name), NOW, Mask(["s3cret"])))
    (found,) = kept.of("shop", 7, NOW)
    assert (found["guard"], found["until"]) == (GUARD.name, NOW + 60)
    assert "body" not in found["answers"][0]
    assert "s3cret" not in str(found)
    file = Path(found["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "it says" in file.read_text()
    assert "s3cret" not in file.read_text()
    assert kept.of("shop", 8, NOW) == kept.of("other", 7, NOW) == []
    kept.delete_old("shop", NOW + 59)
    assert file.exists()
    assert kept.of("shop", 7, NOW + 60) == []
    kept.delete_old("shop", NOW + 60)
    assert not file.exists()


@pytest.mark.parametrize(
    ("watch", "guard"),
    [(WATCH, "error_rate"), (replace(WATCH, samples=Samples(keep=0.0)), GUARD.name)],
    ids=["other guard", "nothing is to be kept"],
)
def test_nothing_else_is_kept(kept: KeptAnswers, tmp_path: Path, watch: Watch, guard: str) -> None:
    asyncio.run(kept.keep(state(watch), judged(guard), NOW, Mask([])))
    assert not list(tmp_path.rglob("*.json"))
