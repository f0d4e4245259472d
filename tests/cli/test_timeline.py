"""The phases of a deployment from its events."""

from __future__ import annotations

from typing import Any

from bluegreen.cli.notes import Mark
from bluegreen.cli.timeline import Timeline
from tests.cli.recorded import entry, life, watched_life


def timeline(entries: list[dict[str, Any]], **options: bool) -> Timeline:
    found = Timeline(**options)
    for each in entries:
        found.take(each)
    return found


def test_a_whole_life() -> None:
    found = timeline(life())
    assert [s.phase for s in found.stretches] == ["building", "starting", "verifying", "switching", "watching"]
    assert found.result == "completed"
    assert all(s.good and s.until is not None for s in found.stretches)
    starting, verifying, switching = found.stretches[1:4]
    assert round(starting.until - starting.since, 3) == 1.0  # type: ignore[operator]
    assert starting.notes[0].text == "2 × web"
    assert verifying.notes[0].mark is Mark.GOOD
    assert "confirmed in 4.0 ms (epoch 7)" in switching.notes[0].text


def test_a_failed_check_shows_its_evidence() -> None:
    check = entry(
        15,
        "check finished",
        reason="status 500 instead of 200",
        deployment=3,
        check="http /api",
        verdict="block",
        seconds=0.1,
        evidence={"status": 500, "body": "one\ntwo"},
    )
    ended = entry(
        16,
        "deployment ended",
        reason="Check `http /api`: status 500",
        deployment=3,
        result="failed",
        evidence={"what": "…", "why": "Users saw nothing.", "cure": "Look."},
    )
    found = timeline([*life()[:4], check, ended])
    last = found.stretches[-1]
    assert (last.phase, last.good) == ("verifying", False)
    assert last.notes[0].details == ["status 500 instead of 200", "body:", "  one", "  two"]
    assert found.details == ["Users saw nothing.", "Look."]


def test_waiting_for_approval() -> None:
    entries = life()
    assert timeline(entries[:6], by_hand=True).phase == "awaiting approval"
    approved = entry(17, "approved", at=60.0, deployment=3)
    later = timeline([*entries[:6], approved])  # known from the file, or only afterwards
    assert [s.phase for s in later.stretches][-2:] == ["awaiting approval", "switching"]


def test_rolled_back_in_a_shift() -> None:
    back = entry(19, "rollback started", reason="asked for", deployment=3)
    confirmed = entry(20, "route confirmed", deployment=3, epoch=8, shares={"blue": 100}, took=0.003)
    ended = entry(21, "deployment ended", reason="asked for", deployment=3, result="rolled back")
    found = timeline([*life()[:8], back, confirmed, ended])
    assert [s.phase for s in found.stretches][-2:] == ["watching", "rolling back"]
    assert found.stretches[-1].good
    assert found.result == "rolled back"


def test_followed_from_the_middle() -> None:
    back = entry(19, "rollback started", reason="asked for", deployment=3)
    found = timeline([back])
    assert found.phase == "rolling back"
    assert found.kind == "deploy"


def test_a_shared_component() -> None:
    requested = {"release": 3, "what": "shared", "color": "green", "instant": False, "component": "ranker"}
    started = {"component": "ranker", "digest": "d", "release": 3, "endpoints": ["127.0.0.1:1"]}
    found = timeline(
        [
            entry(1, "deployment requested", deployment=3, **requested),
            entry(2, "built", deployment=3),
            entry(3, "shared component started", deployment=3, **started),
            entry(4, "shared component replaced", deployment=3, component="ranker", cut=0),
        ]
    )
    assert [s.phase for s in found.stretches] == ["building", "starting", "switching"]


def test_a_watch_is_told_but_not_each_second() -> None:
    found = timeline(watched_life(result="rolled back", reason="errors"))
    assert [s.phase for s in found.stretches][-3:] == ["switching", "watching", "rolling back"]
    switching, watching, _ = found.stretches[-3:]
    assert "187,200 requests in 1 h, 0.080 % of them failed" in switching.notes[0].text
    assert switching.notes[0].details == ["? latency: no times"]
    assert [(note.mark, note.text.partition(":")[0].partition(",")[0]) for note in watching.notes] == [
        (Mark.UNSURE, "the watch goes on after 4.0 s without a controller"),
        (Mark.UNSURE, "cannot tell yet"),
        (Mark.UNSURE, "the watch of step 1 waits for a person"),
        (Mark.PLAIN, "ada@desk lets it go on"),
        (Mark.BAD, "step 1"),
        (Mark.PLAIN, "the old environment was probed"),
        (Mark.PLAIN, "the route goes back"),
    ]
    held, judged, probed = watching.notes[2], watching.notes[4], watching.notes[5]
    assert held.details[-1] == "`bluegreen approve 3` lets it go on, `bluegreen rollback` takes it back"
    assert judged.text == "step 1, 100 %: regressed, watched 5 min, 4 s missed"
    assert judged.details[0].startswith("✗ error_rate  errors 0.10 % → 5.0 %, limit 0.21 %")
    assert probed.details == ["answers: 5 of 5"]
    assert not watching.good


def test_a_held_watch_that_is_approved_was_no_wait_before_the_switch() -> None:
    found = timeline(watched_life())
    assert "awaiting approval" not in [s.phase for s in found.stretches]
    assert [s.phase for s in found.stretches][-1] == "watching"
