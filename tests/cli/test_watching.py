"""Verdicts in words: a watch under way, judgements, and what changes."""

from __future__ import annotations

import pytest

from bluegreen.cli.changes import Changes
from bluegreen.cli.findings import finding_notes
from bluegreen.cli.judgements import judgement_lines, verdict_line
from bluegreen.cli.notes import Mark
from bluegreen.cli.receipts import receipt_lines
from bluegreen.cli.watching import watch_notes
from tests.cli.recorded import deployment
from tests.cli.watched import finding, judgement, probe, regressed, watch


def lines(found: dict[str, object]) -> list[str]:
    return [line for note in watch_notes(found) for line in note.lines()]


def test_a_healthy_watch() -> None:
    assert lines(watch()) == [
        "✓ healthy so far: watched 42 s of 5 min, 3 s missed",
        "✓ error_rate     errors 0.10 % → 0.12 %, limit 0.21 %"
        "  evidence ░░░░░░░░░░ 0.8 of 200  would have found ≥ 0.40 %",
        "✓ http /healthz  12 of 12 answered 200",
    ]


def test_a_regression_says_why() -> None:
    said = lines(watch(verdict="block", guards=[regressed(), probe()], missed=0.0, share=5, extended=1))
    assert said[0] == "✗ regressed: watched 42 s of 5 min at 5 % of the users, extended once"
    assert said[1] == "✗ error_rate     errors 0.10 % → 5.0 %, limit 0.21 %  evidence ██████████ 431 of 200"
    assert said[2] == "    regressed: 5.0 % of requests fail"


def test_what_cannot_be_told_is_never_shown_as_healthy() -> None:
    figures = [{"name": "errors", "unit": "share", "before": None, "now": None, "limit": None}]
    unknown = finding(verdict="cannot tell", reason="the proxy does not answer", figures=figures, finds=None)
    newer = finding(verdict="a verdict of another version")
    notes = list(watch_notes(watch(verdict="cannot tell", guards=[unknown, newer])))
    assert [note.mark for note in notes] == [Mark.UNSURE] * 3
    assert notes[0].text.startswith("cannot tell: ")
    assert notes[1].text.startswith("error_rate  errors unknown  evidence")
    assert notes[1].details == ["cannot tell: the proxy does not answer"]


def test_held_says_what_to_do() -> None:
    *_, why, cure = lines(watch(verdict="cannot tell", held="cannot tell: too little traffic"))
    assert why == "? waits for a person: cannot tell: too little traffic"
    assert cure == "    `bluegreen approve 3` lets it go on, `bluegreen rollback` takes it back"


def test_an_alert_does_not_look_like_a_rollback() -> None:
    (note,) = finding_notes([finding("events purchase per visit", "block", alerts_only=True, reason="fewer")])
    assert note.mark is Mark.BAD
    assert note.details[-1].startswith("it alerts only")


def test_what_others_wrote_stays_one_harmless_line() -> None:
    (note,) = finding_notes([finding("command x\n\x1b[2J" + "y" * 99, "block", reason="gone\n\x1b]0;title\x07wrong")])
    text = "\n".join(note.lines())
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2
    assert text.splitlines()[0].startswith("✗ command x " + "y" * 20)
    assert "regressed: gone wrong" in text


def test_changes_are_told_once() -> None:
    changes = Changes(from_the_first=True)
    (first,) = changes.take(watch())
    assert (first.mark, first.details) == (Mark.GOOD, [])
    assert list(changes.take(watch(elapsed=52.0))) == []
    (changed,) = changes.take(watch(verdict="cannot tell", elapsed=55.0, guards=[regressed(), probe()]))
    assert [line[0] for line in changed.details if line[0] != " "] == ["✗"]
    assert list(changes.take(watch(verdict="cannot tell", elapsed=60.0, guards=[regressed(), probe()]))) == []
    (another_step,) = changes.take(watch(step=2))
    assert another_step.mark is Mark.GOOD


def test_of_a_regression_only_the_verdict_is_told_since_its_judgement_follows() -> None:
    changes = Changes(from_the_first=True)
    list(changes.take(watch()))
    (changed,) = changes.take(watch(verdict="block", elapsed=62.0, guards=[regressed(), probe()]))
    assert changed.text == "regressed: watched 1 min 2 s of 5 min, 3 s missed"
    assert changed.details == []


def test_the_first_verdict_is_no_change() -> None:
    changes = Changes(from_the_first=False)
    assert list(changes.take(watch())) == []
    (changed,) = changes.take(watch(verdict="block", guards=[regressed(), probe()]))
    assert changed.mark is Mark.BAD


def test_judgements_of_a_shift() -> None:
    last = judgement(step=2, share=100, verdict="block", reason="error_rate: 5.0 % fail", missed=4.0, elapsed=70.0)
    said = list(judgement_lines({"judgements": [judgement(), last]}))
    assert said[0] == "✓ step 1, 5 %: healthy, watched 1 min"
    assert "✗ step 2, 100 %: regressed, watched 1 min 10 s, 4 s missed" in said
    assert len([line for line in said if "errors 0.10 % → 0.12 %" in line]) == 2


def test_the_receipt_has_the_verdict() -> None:
    assert verdict_line(deployment(judgements=[judgement()])) == "healthy, watched 1 min"
    unsure = judgement(verdict="cannot tell", reason="no traffic")
    assert verdict_line(deployment(judgements=[judgement(), unsure])) == "cannot tell, watched 1 min: no traffic"
    assert verdict_line(deployment(judgements=[])) == "none: the release was not judged"
    assert verdict_line(deployment(judgements=[], previous=None)) is None
    assert verdict_line(deployment()) is None  # a controller that knows no judgements


def test_requests_that_named_a_release_are_in_the_receipt() -> None:
    found = deployment()
    assert "by name" not in dict(receipt_lines(found))
    found["receipt"]["explicit"] = {"blue": 7, "green": 0}
    assert dict(receipt_lines(found))["by name"].startswith("blue 7, green 0 ")


def test_models_that_it_changed_are_in_the_receipt() -> None:
    changes = [{"in_words": "chat: chat-v1 → chat-v2"}, {"in_words": "ranker: m.onnx with other content"}]
    assert receipt_lines(deployment(models=changes))[:2] == [
        ("models", changes[0]["in_words"]),
        ("", changes[1]["in_words"]),
    ]
    assert "models" not in dict(receipt_lines(deployment(models=None)))  # not known


def test_the_switch_of_a_release_that_was_rolled_back_is_the_way_back() -> None:
    assert "back" not in dict(receipt_lines(deployment()))["switch"]
    found = deployment(result="rolled back")
    assert dict(receipt_lines(found))["switch"].endswith("the confirmed route back, then 0 requests to r3")


@pytest.mark.parametrize(
    ("before", "now", "limit", "beyond"),
    [
        (0.001, 0.05, 0.002, True),
        (0.001, 0.002, 0.002, False),
        (0.05, 0.03, 0.0475, True),  # purchases per visit: fewer is worse
        (0.05, 0.06, 0.0475, False),
        (None, 0.3, 0.2, False),
        (0.0, None, 0.2, False),
    ],
)
def test_a_healthy_guard_beyond_its_limit_is_explained(
    before: float | None, now: float | None, limit: float, beyond: bool
) -> None:
    figures = [{"name": "errors", "unit": "share", "before": before, "now": now, "limit": limit}]
    (note,) = finding_notes([finding(figures=figures)])
    assert note.mark is Mark.GOOD
    assert note.details == (["beyond the limit now, but not certainly worse"] if beyond else [])
