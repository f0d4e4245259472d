"""What is told of a history, in which words."""

from __future__ import annotations

import pytest

from bluegreen.core import events as e
from bluegreen.core.guards.base import GuardFinding
from bluegreen.core.happened import Happened, said
from bluegreen.core.messages import announce, unwritten
from bluegreen.core.model import AppState, Kind, Result
from bluegreen.core.news import News
from bluegreen.core.verdict import Verdict
from tests.core.telling import AT, BLUE, END, GREEN, first_live, switched


def test_a_start_says_who_and_what() -> None:
    told = first_live().requested(2, GREEN)
    assert told is not None
    assert (told.news, told.title) == (News.STARTED, "shop: alice deploys r2")
    assert told.text == "a faster cart\nIt takes the place of r1 when its checks pass."
    assert (told.page, told.deployment, told.release) == ("apps/shop/deployments/2", 2, "r2")


def test_approval_says_how_and_until_when() -> None:
    life = first_live(approve="by hand", approve_within=3600.0)
    life.requested(2, GREEN)
    told = life.verified(2, GREEN)
    assert told is not None
    assert (told.news, told.title) == (News.APPROVAL, "shop: r2 waits for approval")
    assert "`bluegreen approve 2 --app shop` moves users to it." in told.text
    assert "aborted at 2026-09-21 " in told.text


def test_a_switch_is_told_when_all_users_have_moved_and_no_way_back_is_one() -> None:
    life = first_live()
    life.requested(2, GREEN)
    life.verified(2, GREEN)
    assert life.confirmed(2, 2, green=5, blue=95) is None
    told = life.confirmed(2, 3, green=100)
    assert told is not None
    assert (told.news, told.title) == (News.SWITCHED, "shop: all users get r2")
    assert told.text == "Confirmed in 2.3 ms.\n`bluegreen rollback --app shop` leads them back to r1."
    life.add(e.RollbackStarted(2))
    assert life.confirmed(2, 4, blue=100) is None


def test_the_end_says_what_users_saw() -> None:
    told = switched().ended(2, Result.COMPLETED, "r2 is live in green", traffic=END)
    assert (told.news, told.title) == (News.COMPLETED, "shop: r2 is live")
    assert (
        told.text == "r2 answered 1,234 requests of users, 56 of them failed. The last route was confirmed in 2.3 ms."
    )
    assert told.figures["requests"]["green"] == 1234
    assert told.figures["failed"]["green"] == 56


def test_an_end_without_a_verdict_says_so() -> None:
    told = switched().ended(2, Result.COMPLETED, "completed, not judged: too few requests", traffic=END)
    assert told.text.startswith("completed, not judged: too few requests\n")


def test_a_failure_has_its_reason_its_cure_and_that_users_saw_nothing() -> None:
    life = first_live()
    life.requested(2, GREEN)
    evidence = {"what": "web.1 is not ready", "cure": "Look at its log."}
    told = life.ended(2, Result.FAILED, "web.1 is not ready after 30 s", evidence=evidence)
    assert (told.news, told.title) == (News.FAILED, "shop: r2 failed")
    assert told.text.splitlines() == [
        "web.1 is not ready after 30 s",
        "Users saw nothing of it.",
        "Look at its log. `bluegreen show 2 --app shop` tells more.",
    ]


def test_an_abort_says_by_whom() -> None:
    life = first_live()
    life.requested(2, GREEN)
    told = life.ended(2, Result.ABORTED, "asked for", "bob")
    assert (told.news, told.title) == (News.ABORTED, "shop: r2 was aborted by bob")


def test_an_automatic_rollback_says_why_by_which_evidence_and_what_to_do() -> None:
    life = switched(notify={"ops": (News.ALL,)})
    found = (
        GuardFinding("error_rate", Verdict.BLOCK, "4.5 % of requests fail, 0.1 % before"),
        GuardFinding("latency", Verdict.BLOCK, "p95 is 900 ms, 100 ms before"),
        GuardFinding("http /", Verdict.ALLOW, "it answers"),
    )
    why = "error_rate: 4.5 % of requests fail, 0.1 % before"
    life.add(e.Judged(2, 1, Verdict.BLOCK, 100, found, 9.0), reason=why)
    life.add(e.RollbackStarted(2), reason=why)
    life.confirmed(2, 3, blue=100)
    told = life.ended(2, Result.ROLLED_BACK, why, traffic=END)
    assert (told.news, told.title) == (News.ROLLED_BACK, "shop: r2 was rolled back, users are back on r1")
    assert told.text.splitlines() == [
        why,
        "latency: p95 is 900 ms, 100 ms before",
        "r2 answered 1,234 requests of users, 56 of them failed. The last route was confirmed in 2.3 ms.",
        "`bluegreen show 2 --app shop --evidence` shows what it was judged by. Mend it, then deploy again.",
    ]


def test_a_rollback_by_a_person_is_told_as_one() -> None:
    life = switched()
    life.ended(2, Result.COMPLETED, "r2 is live in green", traffic=END)
    began = life.add(
        e.DeploymentRequested(3, 1, Kind.ROLLBACK, BLUE, instant=True), "bob", "rollback to r1: it is warm"
    )
    assert began is not None
    assert (began.news, began.title) == (News.STARTED, "shop: bob leads users back to r1")
    assert life.confirmed(3, 3, blue=100) is None
    told = life.ended(3, Result.COMPLETED, "r1 is live in blue", traffic=END)
    assert (told.news, told.title) == (News.ROLLED_BACK, "shop: bob led users back from r2 to r1")


def test_a_watch_that_waits_says_what_a_person_can_do() -> None:
    life = switched()
    told = life.add(e.WatchHeld(2, 1), reason="cannot tell: too few requests")
    assert told is not None
    assert (told.news, told.title) == (News.HELD, "shop: r2 waits for a person")
    assert "`bluegreen approve 2 --app shop`" in told.text
    assert "`bluegreen abort 2 --app shop`" in told.text


SIMPLE: list[tuple[e.Event, str, News, str, str]] = [
    (e.Locked("a fair"), "bob", News.LOCKED, "locked by bob", "a fair"),
    (e.Unlocked(), "bob", News.UNLOCKED, "unlocked by bob", ""),
    (e.Frozen("holidays", AT, AT + 86400), "bob", News.FROZEN, "frozen by bob", "until 2026-09-22"),
    (e.Frozen("holidays", AT + 1000), "bob", News.FROZEN, "frozen by bob", "until that is lifted"),
    (e.Unfrozen(), "bob", News.UNFROZEN, "no longer frozen, by bob", ""),
    (e.DownRequested(), "bob", News.DOWN, "taken down by bob", "Its address closes"),
    (e.RouteObserved(9, {BLUE: 100}), "bluegreen", News.TROUBLE, "found with another route", ""),
    (
        e.ActionFailed("SetRoute", {"why": "Envoy is gone."}),
        "bluegreen",
        News.TROUBLE,
        "the route could",
        "Envoy is gone",
    ),
    (e.ActionFailed("MoveLiveComponents"), "bluegreen", News.TROUBLE, "live components could", "bluegreen status"),
    (
        e.InstanceCrashed("green", "web", 1, "exit 137", 3),
        "bluegreen",
        News.CRASHED,
        "web.1 crashed in green",
        "exit 137",
    ),
]


@pytest.mark.parametrize(("event", "actor", "news", "title", "text"), SIMPLE, ids=lambda value: str(value)[:30])
def test_what_else_is_told(event: e.Event, actor: str, news: News, title: str, text: str) -> None:
    told = switched().add(event, actor)
    assert told is not None
    assert told.news is news
    assert title in told.title
    assert text in told.text


def test_titles_and_texts_are_one_line_each_and_bounded() -> None:
    told = switched().add(e.Locked("so\nlong\x1b[31m " + "x" * 5000), "bob")
    assert told is not None
    first, *rest = told.text.splitlines()
    assert first.startswith("so long xxx")
    assert len(first) < 700
    assert len(rest) == 1
    assert said("a" * 50, 10) == "a" * 10 + "…"


def test_every_event_of_any_history_can_be_told() -> None:
    """With nothing of it known any more, as after releases were removed."""
    for news, event in [
        (News.COMPLETED, e.DeploymentEnded(7, Result.COMPLETED)),
        (News.FAILED, e.DeploymentEnded(7, Result.FAILED)),
        (News.ROLLED_BACK, e.DeploymentEnded(7, Result.ROLLED_BACK)),
        (News.HELD, e.WatchHeld(7, 1)),
    ]:
        entry = e.Entry(1, "shop", AT, "bluegreen", "why", event)
        told = announce(Happened(AppState("shop"), entry, news))
        assert told.title.startswith("shop: the deployment ")


def test_a_journal_that_cannot_be_written_says_who_serves() -> None:
    found = unwritten(switched().state, AT, 3, "The disk is full")
    assert found.title == "shop: the journal cannot be written"
    assert "Users are served by r2 as before. 3 events are kept in memory" in found.text


def test_many_crashes_are_one_message() -> None:
    life = switched()
    life.add(e.InstanceCrashed("green", "web", 1, "exit 1", 60))
    told = announce(Happened(life.state, life.entries[-1], News.CRASHED, crashes=60))
    assert told.title == "shop: 60 crashes of web in green"
