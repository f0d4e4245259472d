"""What is told of a history, and to whom."""

from __future__ import annotations

import pytest

from bluegreen.core import events as e
from bluegreen.core.announcements import (
    OLD,
    missing_channels,
    names_channels,
    news_of,
    told,
)
from bluegreen.core.model import AppState, Kind, Result
from bluegreen.core.news import News, is_asked_for, urgency
from bluegreen.core.verdict import Verdict
from tests.core.telling import AT, BLUE, GREEN, first_live, switched


def test_checks_that_passed_are_no_news_where_nobody_has_to_approve() -> None:
    life = first_live()
    life.requested(2, GREEN)
    assert life.verified(2, GREEN) is None


def test_a_failover_is_told_once() -> None:
    life = switched()
    life.ended(2, Result.COMPLETED, "r2 is live in green")
    why = "every instance of r2 is dead, and the router sends users to the standby r1"
    told = life.add(e.DeploymentRequested(3, 1, Kind.ROLLBACK, BLUE, instant=True), reason=why)
    assert told is not None
    assert (told.news, told.title) == (News.FAILOVER, "shop: users get r1: the live release is dead")
    assert life.confirmed(3, 3, blue=100) is None
    assert life.ended(3, Result.COMPLETED, "r1 is live in blue") is None


NO_NEWS: list[e.Event] = [
    e.ReleaseRemoved(1),
    e.CheckFinished(2, "http", Verdict.ALLOW, 0.1),
    e.Watched(2, 1, ()),
    e.ActionFailed("StopEnvironment"),
    e.DrainFinished(BLUE, 1, 0.1),
    e.EnvironmentStopped(BLUE, 1),
    e.InstanceCrashed("elsewhere", "web", 1),
]


@pytest.mark.parametrize("event", NO_NEWS, ids=lambda event: event.kind)
def test_what_is_not_told(event: e.Event) -> None:
    assert switched().add(event) is None


def test_a_crash_on_the_way_to_users_is_told_by_the_failure() -> None:
    life = first_live()
    life.requested(2, GREEN)
    life.add(e.EnvironmentStarting(2, GREEN, 2))
    assert life.add(e.InstanceCrashed("green", "web", 1)) is None
    assert life.add(e.InstanceCrashed("blue", "web", 1)) is not None
    assert life.add(e.InstanceCrashed("shared", "ranker", 1)) is not None


def test_what_is_old_is_no_news() -> None:
    life = switched()
    entry = e.Entry(99, "shop", AT, "bob", "", e.Locked("a fair"))
    assert news_of(life.state, entry, AT + OLD) is News.LOCKED
    assert news_of(life.state, entry, AT + OLD + 1) is None


def test_who_is_told_is_what_the_release_says() -> None:
    life = first_live(notify={"ops": (News.FAILED, News.LOCKED)})
    life.release(2, notify={"hook": (News.ALL,), "ops": (News.SWITCHED,)})
    life.requested(2, GREEN)
    assert list(told(life.state, 2, News.FAILED)) == ["hook"]
    assert list(told(life.state, None, News.LOCKED)) == ["ops"]  # the live one's
    assert list(told(life.state, 1, News.FAILED)) == ["ops"]
    assert list(told(AppState("shop"), 7, News.FAILED)) == []
    assert missing_channels(life.state, ["ops"]) == ["hook"]
    assert names_channels(life.state)
    assert not names_channels(AppState("shop"))


def test_a_way_back_is_told_also_to_those_of_the_release_that_is_left() -> None:
    life = first_live(notify={"old": (News.ALL,)})
    life.release(2, notify={"new": (News.ALL,)})
    life.requested(2, GREEN)
    life.verified(2, GREEN)
    life.confirmed(2, 2, green=100)
    life.ended(2, Result.COMPLETED)
    life.add(e.DeploymentRequested(3, 1, Kind.ROLLBACK, BLUE, instant=True), "bob")
    assert list(told(life.state, 3, News.ROLLED_BACK)) == ["old", "new"]


def test_all_stands_for_every_kind_and_each_has_an_urgency() -> None:
    for news in News:
        assert is_asked_for((News.ALL,), news)
        assert urgency(news) in ("info", "success", "warning", "failure")
    assert not is_asked_for((News.FAILED,), News.HELD)
    assert (urgency("rolled back"), urgency("test"), urgency("completed")) == ("failure", "info", "success")
