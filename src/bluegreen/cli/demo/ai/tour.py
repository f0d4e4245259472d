"""The tour of the assistant: what is deployed, in which order, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bluegreen.cli.demo.ai.assistant import RATE, Assistant
from bluegreen.cli.demo.ai.customers import EVERY, Customers
from bluegreen.cli.demo.ai.summary import AiSummary, Layer
from bluegreen.cli.demo.stage import Stage
from bluegreen.cli.demo.taken_back import TakenBack

WATCH = 60
"""Seconds for which releases are watched."""


def tour(stage: Stage[Assistant]) -> AiSummary:
    """Every step, and what came of it. Raises PermanentError where one ends otherwise than it should."""
    customers, layers = Customers(), []
    with _going(customers):
        _first(stage, customers)
        layers.append(_layer(stage))
        for step in (_better, _chatty, _quoting, _brief):
            step(stage)
            layers.append(_layer(stage))
        steps, load = stage.finish()
    taken_back = (TakenBack("r4", "r2", within=WATCH), TakenBack("r5", "r2", within=WATCH))
    return AiSummary(steps, load, "r3", taken_back, customers.chats, layers)


@contextmanager
def _going(customers: Customers) -> Iterator[None]:
    try:
        yield
    finally:
        customers.leave()


def _layer(stage: Stage[Assistant]) -> Layer:
    """The model server as it is now, and told."""
    (instance,) = stage.status()["shared"]["llm"]["instances"]
    layer = Layer(int(instance["pid"]), int(instance["restarts"]))
    stage.say(f"The model server: pid {layer.pid}, {layer.restarts} restarts.")
    return layer


def _first(stage: Stage[Assistant], customers: Customers) -> None:
    stage.begin(
        "Release 1 goes live",
        "The model server starts once, for both environments. The revision support-1 is loaded into it and proved to "
        "answer; the application is asked the golden set. Only then does the address open.",
    )
    stage.deploy("r1", "the first release")
    stage.let_users_come()
    customers.come(stage.url)
    stage.say(
        f"From here to the end the assistant has users, at {stage.url}:",
        f"{RATE} questions a second whose answers are checked byte by byte,",
        f"and {1 / EVERY:g} customers a second who say whether the answer helped.",
    )


def _better(stage: Stage[Assistant]) -> None:
    stage.begin(
        "A better model",
        "support-2 knows more. It is loaded beside support-1 into the same server. The golden set is asked of both "
        "releases; then users move in one step, to code and model together.",
    )
    stage.application.serve("support-2")
    stage.deploy("r2, support-2", "support-2 knows Norway")


def _chatty(stage: Stage[Assistant]) -> None:
    stage.begin(
        "A model that chats",
        "support-3 is friendlier, and replies in prose where the application needs JSON. It starts, answers every "
        "request with 200, and is stopped by the golden set: no user ever sees it.",
    )
    stage.application.chatty("support-3")
    stage.deploy("r3, chatty", "friendlier", result="failed")


def _quoting(stage: Stage[Assistant]) -> None:
    stage.begin(
        "A model that fails on what nobody tested",
        'support-4 puts the name of the lamp "Aurora" in quotes, which breaks its JSON. No case of the golden set is '
        "about that lamp; three questions in ten of the users are. The output guard reads a sample of live answers.",
    )
    stage.application.quoting("support-4")
    stage.deploy("r4, quotes", "nicer names", result=None)


def _brief(stage: Stage[Assistant]) -> None:
    stage.begin(
        "A flag that costs thumbs-up",
        "Shorter answers, by a flag alone: no build, no new code. Every answer is right and quick, and leaves out what "
        "customers need. They press thumbs-up less often than those who are held back on release 2, and the whole "
        "release is taken back.",
    )
    stage.set_flag("r5, brief", "answer-style", "brief", "shorter answers", result=None)
