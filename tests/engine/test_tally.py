"""What is counted of a history: the same from its beginning as entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bluegreen.core import events as e
from bluegreen.core.guards.base import GuardFinding
from bluegreen.core.model import Color, Kind, Phase, Result
from bluegreen.core.verdict import Verdict
from bluegreen.engine.families import Buckets
from bluegreen.engine.tally import GUARDS, LONGEST, OTHERS, Tally
from bluegreen.journal.base import Entry
from tests.engine.harness import APP, Machine
from tests.engine.watched import lived

SHARES = {Color.GREEN: 100}
STARTED = e.EnvironmentStarted(1, Color.GREEN, {})
VERIFIED = e.Verified(1, Color.GREEN, "d")
MOVED = e.RouteConfirmed(1, SHARES, 0.02, deployment=1)
ENDED = e.DeploymentEnded(1, Result.COMPLETED)


def requested(number: int = 1, kind: Kind = Kind.DEPLOY, *, instant: bool = False) -> e.Event:
    return e.DeploymentRequested(number, 1, kind, Color.GREEN, instant=instant)


def tallied(*events: e.Event, actor: str = "bluegreen") -> Tally:
    """Of events that came a second apart."""
    tally = Tally()
    tally.take([Entry(n, "shop", float(n), actor, "", event) for n, event in enumerate(events)])
    return tally


def stays(tally: Tally) -> dict[str, tuple[int, float | None]]:
    """How often deployments were in a phase, and for how long in all."""
    return {str(phase): (buckets.cumulative()[-1][1], buckets.sum) for phase, buckets in tally.phases.items()}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [requested(), e.Built(1), STARTED, VERIFIED, e.RouteRequested(1, SHARES, 1), MOVED, ENDED],
            {"building": (1, 1), "starting": (1, 1), "verifying": (1, 1), "switching": (1, 2), "watching": (1, 1)},
        ),
        (
            [requested(), e.Built(1), STARTED, VERIFIED, e.Approved(1), MOVED, ENDED],
            {
                "building": (1, 1),
                "starting": (1, 1),
                "verifying": (1, 1),
                "awaiting approval": (1, 1),
                "switching": (1, 1),
                "watching": (1, 1),
            },
        ),
        ([requested(instant=True), MOVED, ENDED], {"switching": (1, 1), "watching": (1, 1)}),
        (
            [requested(instant=True), MOVED, e.StepAllowed(1, 1), MOVED, e.RollbackStarted(1), MOVED, ENDED],
            {"switching": (2, 2), "watching": (2, 2), "rolling back": (1, 2)},
        ),
        (
            [requested(), requested(2), ENDED, e.Built(2)],
            {"building": (2, 3), "queued": (1, 1)},
        ),
        ([e.Built(7), e.DeploymentEnded(7, Result.FAILED)], {}),
    ],
    ids=["through", "approved", "instant", "two steps and back", "superseding", "from the middle"],
)
def test_stays_in_phases(events: Sequence[e.Event], expected: dict[str, tuple[int, float]]) -> None:
    assert stays(tallied(*events)) == expected


def test_deployments_by_kind_and_result() -> None:
    tally = tallied(requested(), ENDED, requested(2, Kind.ROLLBACK), e.DeploymentEnded(2, Result.FAILED))
    assert tally.ended == {("deploy", "completed"): 1, ("rollback", "failed"): 1}


def test_guards_that_are_told_apart_are_bounded() -> None:
    def judged(names: Sequence[str]) -> e.Event:
        findings = tuple(GuardFinding(name, Verdict.ALLOW, "") for name in names)
        return e.Judged(1, 1, Verdict.ALLOW, 100, findings, 1.0)

    tally = tallied(judged([f"guard {n} {'x' * 200}" for n in range(GUARDS + 10)]), judged(["guard 0 " + "x" * 200]))
    assert len(tally.verdicts) == GUARDS + 1
    assert tally.verdicts[OTHERS, "allow"] == 10
    assert max(len(guard) for guard, _ in tally.verdicts) <= LONGEST
    assert max(tally.verdicts.values()) == 10


def test_what_ended_badly_is_counted() -> None:
    crash = e.InstanceCrashed("green", "web", 0, "exit 1", 1)
    stopped = e.EnvironmentStopped(Color.GREEN, 1, cut=3), e.EnvironmentStopped(Color.BLUE, 1, cut=None)
    tally = tallied(crash, crash, *stopped, e.DrainFinished(Color.BLUE, 1, 4.0))
    assert (tally.crashes["green"], tally.cut, tally.drains.sum) == (2, 3, 4.0)


def test_times_that_were_counted_elsewhere_fall_where_their_bound_is() -> None:
    found = Buckets.of({0.005: 1, 0.0050000001: 2, 0.1: 4, 86400.0: 8}, (0.005, 0.1))
    assert found.cumulative() == [("0.005", 1), ("0.1", 7), ("+Inf", 15)]
    assert found.sum is None


def test_another_controller_counts_the_same(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        first = await machine.controller()
        await first.live()
        await first.live()
        await first.engine.rollback(APP, None, "alice")
        await first.settle()
        await first.rest()
        await first.engine.close()
        second = await machine.controller()
        one, other = (c.engine.live._tallies[APP] for c in (first, second))
        assert one.ended == other.ended
        assert stays(one) == stays(other)
        assert one.moves.cumulative() == other.moves.cumulative()
        assert set(one.phases) >= {Phase.BUILDING, Phase.STARTING, Phase.VERIFYING, Phase.SWITCHING}

    lived(life, tmp_path)
