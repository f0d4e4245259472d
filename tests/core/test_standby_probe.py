"""What the answers of the old environment mean."""

from __future__ import annotations

import pytest

from bluegreen.core.evidence import Reading
from bluegreen.core.spec import HttpProbe
from bluegreen.core.standby_probe import judge_probes
from bluegreen.core.verdict import Verdict

WELL, ILL, MISSING = Reading(verdict=Verdict.ALLOW), Reading(verdict=Verdict.BLOCK, why="500"), Reading(why="no source")
PROBES = (HttpProbe("/"), HttpProbe("/healthz"))


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([(WELL, WELL), (WELL, WELL)], Verdict.ALLOW),
        ([(WELL, ILL), (ILL, WELL)], Verdict.ALLOW),
        ([(WELL, WELL), (ILL, ILL)], Verdict.BLOCK),
        ([(ILL, MISSING), (MISSING, MISSING)], Verdict.CANNOT_TELL),
        ([(MISSING, MISSING), (MISSING, WELL)], Verdict.ALLOW),
    ],
)
def test_a_standby_fails_where_every_try_of_one_thing_does(
    answers: list[tuple[Reading, Reading]], verdict: Verdict
) -> None:
    assert judge_probes(PROBES, answers).verdict is verdict


def test_a_failure_names_what_was_asked() -> None:
    probed = judge_probes(PROBES, [(WELL, WELL), (ILL, ILL)])
    assert probed.reason == "the old environment fails as well: http /healthz: 500"
    assert probed.evidence == {"probes": ["http /", "http /healthz"], "failed": ["http /healthz: 500"]}


def test_nothing_to_ask_tells_nothing() -> None:
    assert judge_probes((), ()).verdict is Verdict.CANNOT_TELL
