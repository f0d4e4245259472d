"""How long a rollback would take: from what switches and starts took, unknown where nothing was measured."""

from __future__ import annotations

from bluegreen.core import events as e
from bluegreen.core.model import Color, Kind
from bluegreen.engine.recent import Recent


def recent(*events: tuple[float, e.Event]) -> Recent:
    found = Recent()
    found.take([e.Entry(n, "shop", at, "ada", "", event) for n, (at, event) in enumerate(events, 1)])
    return found


def started(deployment: int, release: int, begin: float, seconds: float) -> list[tuple[float, e.Event]]:
    return [
        (begin, e.DeploymentRequested(deployment, release, Kind.DEPLOY, Color.BLUE)),
        (begin + 100.0, e.Built(deployment)),
        (begin + 100.0 + seconds, e.Verified(deployment, Color.BLUE, "d")),
    ]


MOVED = (500.0, e.RouteConfirmed(1, {Color.BLUE: 100}, 0.25))


def test_what_was_never_measured_is_not_known() -> None:
    assert Recent().seconds(1, instant=True) is None
    assert recent(MOVED).seconds(1, instant=False) is None
    assert recent(*started(1, 1, 0.0, 7.0)).seconds(1, instant=False) is None


def test_a_warm_one_takes_a_switch() -> None:
    assert recent(*started(1, 1, 0.0, 7.0), MOVED).seconds(1, instant=True) == 0.25


def test_a_cold_one_takes_its_last_start_besides_and_no_build() -> None:
    found = recent(*started(1, 1, 0.0, 9.0), *started(2, 2, 1000.0, 3.0), *started(3, 1, 2000.0, 7.0), MOVED)
    assert found.seconds(1, instant=False) == 7.25
    assert found.seconds(2, instant=False) == 3.25


def test_a_release_that_is_gone_is_forgotten() -> None:
    found = recent(*started(1, 1, 0.0, 9.0), MOVED, (600.0, e.ReleaseRemoved(1)))
    assert found.seconds(1, instant=False) is None


def test_what_is_left_unfinished_says_nothing_of_another_release() -> None:
    begun = started(1, 1, 0.0, 9.0)[:2]
    other = [(200.0, e.DeploymentRequested(2, 2, Kind.DEPLOY, Color.BLUE)), (300.0, e.Verified(2, Color.BLUE, "d"))]
    found = recent(*begun, *other, MOVED)
    assert found.seconds(1, instant=False) is None
    assert found.seconds(2, instant=False) is None
