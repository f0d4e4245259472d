"""`bluegreen demo`: the command around the tour."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bluegreen.cli.exits import Exit
from bluegreen.cli.options import Json
from bluegreen.cli.output import print_json

if TYPE_CHECKING:
    from bluegreen.cli.demo.narrator import Narrator
    from bluegreen.cli.demo.sandbox import Sandbox
    from bluegreen.cli.demo.tours import Shown, Tour


class Which(StrEnum):
    shop = "shop"
    ai = "ai"


_Tour = Annotated[Which, typer.Argument(metavar="[TOUR]", help="Which: `shop` or `ai`.", show_default=True)]
_Keep = Annotated[bool, typer.Option("--keep", help="Leave everything running to play with, and say how to end it.")]
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def demo(which: _Tour = Which.shop, keep: _Keep = False, json: Json = False) -> None:
    """A tour: switches, rollbacks and failures of a real application under constant load.

    `shop`, of a minute, is about switches and rollbacks. `ai`, of three minutes, is about code, flags and models in one
    release: a model that breaks its format, one that fails on live traffic alone, a flag that costs thumbs-up. It
    needs the extra demo-ai, a small model on the CPU.

    It has a folder, a home, ports and a controller of its own, and touches no other. All of it is ended and removed
    at the end, also after Ctrl-C or an error.

    Exit codes: 0 all went as promised, 1 it did not (a request failed, say), 130 interrupted.
    """
    from bluegreen.cli.demo.sandbox import Sandbox
    from bluegreen.cli.demo.tours import find

    tour = find(which)
    narrator, sandbox, kept = _narrator(json), Sandbox(tour.make), False
    try:
        with _answering_signals(_interrupt):
            summary = _run(tour, sandbox, narrator)
        kept = keep
    except KeyboardInterrupt:
        print("interrupted: ending what the demo has started", file=sys.stderr, flush=True)
        if json:
            print_json({"interrupted": True, "exit": int(Exit.INTERRUPTED)})
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Exception:
        kept = keep
        raise
    finally:
        with _answering_signals(_ask_for_patience):
            _leave(sandbox, narrator, kept=kept)
    code = Exit.FAILED if list(summary.problems()) else Exit.DONE
    if json:
        where = {"home": str(sandbox.home), "url": sandbox.application.url, "kept": kept}
        print_json({**where, **summary.to_json(), "exit": int(code)})
    raise typer.Exit(code)


def _narrator(json: bool) -> Narrator:
    if json:
        from bluegreen.cli.demo.narrator import Quiet

        return Quiet()
    if not sys.stdout.isatty():
        from bluegreen.cli.demo.narrator import Plain

        return Plain()
    from bluegreen.cli.demo.terminal import Terminal

    return Terminal()


def _run(tour: Tour, sandbox: Sandbox[Any], narrator: Narrator) -> Shown:
    from bluegreen.cli.demo.stage import Stage
    from bluegreen.cli.demo.table import COLUMNS, LEGEND, row

    what = tour.make.shown
    narrator.say(f"{what}, its users and a controller, all in {sandbox.folder}.", "Nothing else is touched.")
    sandbox.start()
    stage = Stage(sandbox, narrator)
    try:
        summary = tour.go(stage)
    finally:
        stage.close()
    narrator.step(None, "What users got", "")
    narrator.table(COLUMNS, [row(step) for step in summary.steps])
    narrator.say("", *LEGEND, "", *summary.in_words())
    return summary


def _leave(sandbox: Sandbox[Any], narrator: Narrator, *, kept: bool) -> None:
    if kept:
        narrator.say("", *sandbox.how_to_play())
        return
    sandbox.remove()
    narrator.say(f"Everything is ended, and {sandbox.folder} is removed. `--keep` leaves it running.")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _ask_for_patience(number: int, frame: object) -> None:
    print("ending what the demo has started, a moment please", file=sys.stderr, flush=True)


@contextmanager
def _answering_signals(handler: signal._HANDLER) -> Iterator[None]:
    """A closed terminal or a TERM is no reason to leave anything running, nor is a second Ctrl-C."""
    before = {number: signal.signal(number, handler) for number in _ENDS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
