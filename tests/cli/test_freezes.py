"""`bluegreen freeze`, and the times that it takes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bluegreen.cli.moments import moment_of
from bluegreen.core.errors import InvalidInput
from tests.cli.recorded import Recorded, status
from tests.cli.run import Cli

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("18:00", "2026-11-24T18:00:00+01:00"),
        ("09:00", "2026-11-25T09:00:00+01:00"),
        ("2h", "2026-11-24T17:30:00+01:00"),
        ("1d12h", "2026-11-26T03:30:00+01:00"),
        ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00+00:00"),
    ],
)
def test_what_a_time_means(text: str, meant: str) -> None:
    assert moment_of(text, NOW) == datetime.fromisoformat(meant)


def test_a_day_is_one_of_this_machine() -> None:
    assert moment_of("2026-12-24", NOW) == datetime(2026, 12, 24).astimezone()


@pytest.mark.parametrize("text", ["tomorrow", "25:00", "2026-13-01", "", "2 h"])
def test_what_is_no_time_is_told_so(text: str) -> None:
    with pytest.raises(InvalidInput):
        moment_of(text, NOW)


def test_a_freeze_says_from_when_until_when(cli: Cli, controller: Recorded, folder: object) -> None:
    controller.answers["PUT /v1/apps/shop/freeze"] = (200, {"notice": ""})
    ran = cli("freeze", "audit", "--from", "2030-01-01", "--until", "2030-01-02 08:00")
    assert (ran.code, ran.out) == (0, "shop is frozen from 2030-01-01 00:00 until 2030-01-02 08:00: audit\n")
    sent = controller.bodies("PUT /v1/apps/shop/freeze")[0]
    assert datetime.fromisoformat(sent["from"]) == datetime(2030, 1, 1).astimezone()
    assert sent["why"] == "audit"
    assert cli("freeze", "audit").out == "shop is frozen from now on, until that is lifted: audit\n"


def test_status_says_why_nothing_would_be_deployed(cli: Cli, ready: Recorded) -> None:
    closed = {
        "open": False,
        "why": "deployments are allowed Mon-Fri 09:00-17:00 (UTC)",
        "opens": "Mon 2026-11-30 09:00 UTC",
    }
    found = status() | {"window": closed, "overlap": {"since": 1.0, "seconds": 9.0, "cost": 1234.5, "per_hour": 12.5}}
    ready.answers["GET /v1/apps/shop"] = (200, found)
    said = " ".join(cli("status", "--app", "shop").out.split())
    assert "no deployments now: deployments are allowed Mon-Fri 09:00-17:00 (UTC); open again Mon 2026-11-30" in said
    assert "1,234.50 so far (12.50 an hour)" in said


def test_status_says_how_long_a_rollback_takes_what_sharing_saves_and_what_is_not_loaded(
    cli: Cli, ready: Recorded
) -> None:
    back = {"release": "r1", "instant": True, "about": 0.012, "seconds": 0.012, "waits_for": []}
    back["probed"] = {"at": 1.0, "healthy": True, "took": 0.1}
    overlap = {"since": 1.0, "seconds": 9.0, "cost": 1.0, "per_hour": 2.0, "saved": 25.5, "saved_per_hour": 50.0}
    model = {"model": "chat", "name": "chat-v1", "kind": "served", "component": "llm", "copy": "in use"}
    model |= {"state": "loading", "why": "llm.1 ended", "since": 1.0, "needed_by": [], "source": None, "digest": "d"}
    found = status() | {"next": {"rollback": back, "takes": None}, "overlap": overlap, "models": [model]}
    ready.answers["GET /v1/apps/shop"] = (200, found)
    said = " ".join(cli("status", "--app", "shop").out.split())
    assert "rollback: to r1, instant, in about 12.0 ms; the standby answered" in said
    assert "sharing has saved 25.50" in said
    assert "model chat-v1 in llm is loading: llm.1 ended" in said
    found["overlap"] = overlap | {"cost": None, "per_hour": None}  # the file says what sharing saves, and no more
    said = " ".join(cli("status", "--app", "shop").out.split())
    assert "sharing has saved 25.50 (50.00 an hour)" in said
    found["next"] = {"rollback": back | {"instant": False, "seconds": None, "probed": None}, "takes": None}
    said = " ".join(cli("status", "--app", "shop").out.split())
    assert "rollback: to r1, through the idle environment, how long it takes is unknown" in said


def test_status_says_how_answers_are_sampled_and_what_was_dropped(cli: Cli, ready: Recorded) -> None:
    samples = {"share": 2.5, "seen": 12_000, "dropped": 0, "why": None}
    ready.answers["GET /v1/apps/shop"] = (200, status() | {"samples": samples})
    assert "answers: 2.5 % sampled, 12,000 seen\n" in cli("status", "--app", "shop").out
    samples |= {"dropped": 3, "why": "the scorer of answers ended"}
    said = cli("status", "--app", "shop").out
    assert "12,000 seen, 3 dropped; nothing is scored: the scorer of answers ended\n" in said
