"""Receipts over several deployments: each counts what it did itself, once."""

from __future__ import annotations

from bluegreen.core import events as e
from bluegreen.core.model import Color, Deployment, Kind, Phase, Result, Traffic
from bluegreen.core.receipt import Receipt, receipt

BLUE, GREEN = Color.BLUE, Color.GREEN


class Life:
    """The history of an application, one event a second."""

    def __init__(self) -> None:
        self.entries: list[e.Entry] = []

    def add(self, *events: e.Event) -> None:
        for event in events:
            seq = len(self.entries) + 1
            self.entries.append(e.Entry(seq, "shop", float(seq), "bluegreen", "", event))

    def receipt(self, number: int, color: Color, *, previous: int | None, instant: bool = False) -> Receipt:
        """What the API gives for a deployment: from the entries since its request."""
        began = next(
            i
            for i, x in enumerate(self.entries)
            if isinstance(x.event, e.DeploymentRequested) and x.event.deployment == number
        )
        what = Kind.ROLLBACK if instant else Kind.DEPLOY
        d = Deployment(number, number, what, Phase.ENDED, color, "ada", float(began + 1), instant=instant)
        ended = Deployment(**{**vars(d), "previous": previous, "ended": 99.0, "result": Result.COMPLETED})
        return receipt(ended, self.entries[began:])


def requested(number: int, color: Color, *, instant: bool = False) -> e.Event:
    return e.DeploymentRequested(number, number, Kind.ROLLBACK if instant else Kind.DEPLOY, color, instant=instant)


def confirmed(number: int, color: Color, **requests: int) -> e.Event:
    return e.RouteConfirmed(number, {color: 100}, 0.004, counters(**requests), number)


def counters(**requests: int) -> dict[str, Traffic]:
    return {f"shop/{name.replace('_', '/')}/web": Traffic(count) for name, count in requests.items()}


def starts(number: int, color: Color) -> tuple[e.Event, ...]:
    return e.EnvironmentStarting(number, color, number), e.EnvironmentStarted(number, color, {})


def back_and_forth() -> Life:
    """Release 1 in blue; 2 takes over in green; back, and forward again; then deployment 5 needs blue."""
    life = Life()
    life.add(requested(1, BLUE), *starts(1, BLUE), confirmed(1, BLUE, blue_1=0))
    life.add(requested(2, GREEN), *starts(2, GREEN), confirmed(2, GREEN, blue_1=100, green_2=0))
    life.add(requested(3, BLUE, instant=True), confirmed(3, BLUE, blue_1=100, green_2=50))
    life.add(e.DrainFinished(GREEN, 2, 0.01, counters(blue_1=110, green_2=51)))
    life.add(requested(4, GREEN, instant=True), confirmed(4, GREEN, blue_1=140, green_2=51))
    life.add(requested(5, BLUE), e.EnvironmentStopping(BLUE, 1))
    life.add(e.EnvironmentStopped(BLUE, 1, cut=2, traffic=counters(blue_1=140, green_2=300)))
    life.add(*starts(5, BLUE), e.DeploymentEnded(5, Result.FAILED), e.EnvironmentStopped(BLUE, 5))
    return life


def test_streams_are_counted_as_cut_once_by_the_deployment_that_left_their_environment() -> None:
    life = back_and_forth()
    cuts = [
        life.receipt(1, BLUE, previous=None).streams_cut,
        life.receipt(2, GREEN, previous=1).streams_cut,
        life.receipt(3, BLUE, previous=2, instant=True).streams_cut,
        life.receipt(4, GREEN, previous=1, instant=True).streams_cut,
    ]
    assert cuts == [None, 0, 0, 2]


def test_late_requests_are_not_those_of_users_who_were_led_back() -> None:
    life = back_and_forth()
    assert life.receipt(2, GREEN, previous=1).after_confirmed is None  # users came back before it had drained
    assert life.receipt(3, BLUE, previous=2, instant=True).after_confirmed == 1
    assert life.receipt(4, GREEN, previous=1, instant=True).after_confirmed == 0


def test_a_later_release_in_the_environment_that_was_left_is_not_counted() -> None:
    life = back_and_forth()
    life.add(requested(6, BLUE), *starts(6, BLUE), confirmed(6, BLUE, blue_6=0, green_2=400))
    life.add(requested(7, GREEN, instant=True), confirmed(7, GREEN, blue_6=900, green_2=400))
    life.add(e.DrainFinished(BLUE, 6, 0.01, counters(blue_6=900, green_2=410)))
    four = life.receipt(4, GREEN, previous=1, instant=True)
    assert (four.after_confirmed, four.drain_seconds) == (0, None)


def test_a_receipt_is_complete_when_users_are_led_back() -> None:
    life = back_and_forth()
    assert life.receipt(2, GREEN, previous=1).complete
    life.entries = life.entries[:10]  # until green has drained
    three = life.receipt(3, BLUE, previous=2, instant=True)
    assert (three.complete, three.streams_cut, three.overlap_seconds) == (False, None, None)


def test_the_overlap_does_not_begin_with_the_end_of_an_earlier_release() -> None:
    life = back_and_forth()
    assert life.receipt(5, BLUE, previous=4).overlap_seconds == 2.0  # from its start to its end
    assert life.receipt(2, GREEN, previous=1).overlap_seconds == 3.0  # until users were led back


def test_a_deployment_that_was_rolled_back_counts_what_was_cut_in_the_new_environment() -> None:
    life = Life()
    life.add(requested(1, BLUE), *starts(1, BLUE), confirmed(1, BLUE, blue_1=0))
    life.add(requested(2, GREEN), *starts(2, GREEN), confirmed(2, GREEN, blue_1=100, green_2=0))
    life.add(e.RollbackStarted(2), e.RouteConfirmed(3, {BLUE: 100}, 0.004, counters(blue_1=100, green_2=9), 2))
    life.add(e.EnvironmentStopped(GREEN, 2, cut=1, traffic=counters(blue_1=120, green_2=10)))
    found = life.receipt(2, GREEN, previous=1)
    assert (found.streams_cut, found.after_confirmed, found.complete) == (1, 1, True)


def test_what_the_router_did_not_tell_at_the_beginning_is_not_counted_from_nothing() -> None:
    life = Life()
    life.add(requested(1, BLUE), *starts(1, BLUE), confirmed(1, BLUE, blue_1=0))
    life.add(requested(2, GREEN), e.Built(2, {}), *starts(2, GREEN), e.Verified(2, GREEN, "d", {}))
    life.add(e.DeploymentEnded(2, Result.FAILED, counters(blue_1=10_000, green_2=5)))
    assert life.receipt(2, GREEN, previous=1).requests == {BLUE: None, GREEN: None}
