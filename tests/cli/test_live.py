"""The live view, drawn on a terminal that is a string."""

from __future__ import annotations

import io
import threading
import time

from rich.console import Console

from bluegreen.cli.asked import Now
from bluegreen.cli.live import LiveView
from bluegreen.cli.timeline import Timeline
from tests.cli.recorded import entry, life, watched_life
from tests.cli.watched import watch


def drawn(view: LiveView) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(view.render())
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_phases_with_their_times() -> None:
    timeline = Timeline()
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with LiveView("shop: deployment 3, r3", console) as view:
        for each in life():
            timeline.take(each)
            view.update(timeline)
        lines = [" ".join(line.split()) for line in drawn(view).splitlines()]
    assert lines[0] == "shop: deployment 3, r3"
    assert "✓ building 0.2 s" in lines
    assert "✓ starting 1.0 s · 2 × web" in lines
    assert "✓ switching 10.0 ms · green 100 %, confirmed in 4.0 ms (epoch 7)" in lines
    assert not [line for line in lines if "watching" in line]  # it took no time and has nothing to tell


def test_a_controller_that_is_away() -> None:
    with LiveView("shop", Console(file=io.StringIO(), width=100)) as view:
        view.waiting(2.5)
        assert "the controller does not answer" in drawn(view)
        view.waiting(0.0)
        assert "does not answer" not in drawn(view)


def test_markup_of_others_is_text() -> None:
    timeline = Timeline()
    ended = entry(16, "hook finished", deployment=3, hook="[red]x[/]", succeeded=False, evidence={"output": "[bold]"})
    with LiveView("[blink]shop", Console(file=io.StringIO(), width=100)) as view:
        for each in [*life()[:4], ended]:
            timeline.take(each)
        view.update(timeline)
        text = drawn(view)
    assert "hook [red]x[/] failed" in text
    assert "[blink]shop" in text


def test_guards_are_shown_while_a_release_is_watched() -> None:
    asked = threading.Semaphore(0)
    answers = iter([Now(watch())])

    def ask() -> Now:
        asked.release()
        return next(answers, Now())

    timeline = Timeline()
    with LiveView("shop", Console(file=io.StringIO(), width=140), now=ask) as view:
        for each in watched_life()[:8]:
            timeline.take(each)
        view.update(timeline)
        assert "healthy so far" not in drawn(view)
        assert not asked.acquire(blocking=False)  # nothing is watched yet
        for each in watched_life()[8:10]:
            timeline.take(each)
        view.update(timeline)
        assert asked.acquire(timeout=10)
        text = _until(view, "healthy so far: watched 42 s of 5 min, 3 s missed")
        assert "✓ error_rate     errors 0.10 % → 0.12 %" in text
        assert asked.acquire(timeout=10)  # the next answer is none: what was known is not shown as if it still held
        _until(view, "healthy so far", gone=True)


def _until(view: LiveView, text: str, *, gone: bool = False) -> str:
    deadline = time.monotonic() + 10
    while (text in " ".join(drawn(view).split())) == gone:
        assert time.monotonic() < deadline, drawn(view)
        time.sleep(0.01)
    return drawn(view)


def test_a_watch_that_is_over_is_not_shown_as_going_on() -> None:
    timeline = Timeline()
    with LiveView("shop", Console(file=io.StringIO(), width=100), now=lambda: Now(watch())) as view:
        for each in watched_life():
            timeline.take(each)
        view.update(timeline)
        assert "so far" not in drawn(view)


def test_checks_are_shown_while_they_run() -> None:
    said = ["", "120 of 400 cases, 3 failed so far"]

    def ask() -> Now:
        return Now(checks=[{"check": "golden evals.jsonl", "since": time.time() - 42, "said": said[0]}])

    timeline = Timeline()
    with LiveView("shop", Console(file=io.StringIO(), width=140), now=ask) as view:
        for each in life()[:4]:
            timeline.take(each)
        view.update(timeline)
        _until(view, "· golden evals.jsonl (42 s)")
        said.pop(0)
        _until(view, "s): 120 of 400 cases, 3 failed so far")
        for each in life()[4:6]:
            timeline.take(each)
        view.update(timeline)
        assert "golden evals.jsonl" not in drawn(view)


def test_a_check_that_has_finished_is_not_shown_as_if_it_ran() -> None:
    """What was asked before an event came may be older than it."""
    asked, answer = threading.Semaphore(0), threading.Semaphore(0)
    answers = iter([Now(checks=[{"check": "http /healthz", "since": time.time(), "said": ""}])])

    def ask() -> Now:
        asked.release()
        answer.acquire()
        return next(answers, Now())

    timeline = Timeline()
    with LiveView("shop", Console(file=io.StringIO(), width=140), now=ask) as view:
        for each in life()[:4]:
            timeline.take(each)
        view.update(timeline)
        assert "http /healthz" not in drawn(view)
        assert asked.acquire(timeout=10)
        timeline.take(life()[4])
        view.update(timeline)
        answer.release()
        assert asked.acquire(timeout=10)  # it is asked again at once
        assert drawn(view).count("http /healthz") == 1
        answer.release(100)
