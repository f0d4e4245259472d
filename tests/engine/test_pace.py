"""Some at once, then one every so many seconds."""

from __future__ import annotations

from bluegreen.engine.pace import Pace


def times(pace: Pace, asked: list[float]) -> list[float]:
    """When each of those that were asked for at these times goes."""
    gone, now = [], 0.0
    for at in asked:
        now = max(now, at)
        now += pace.wait(now)
        pace.go(now)
        gone.append(round(now, 3))
    return gone


def test_the_first_go_at_once_and_the_rest_wait_their_turn() -> None:
    assert times(Pace(3, 0.5), [0.0] * 6) == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5]


def test_after_a_quiet_time_they_go_at_once_again() -> None:
    assert times(Pace(2, 1.0), [0.0, 0.0, 0.0, 10.0, 10.0, 10.0]) == [0.0, 0.0, 1.0, 10.0, 10.0, 11.0]


def test_one_at_a_time() -> None:
    assert times(Pace(1, 0.2), [5.0, 5.0, 5.1]) == [5.0, 5.2, 5.4]
