"""The tour of the shop: what is deployed, in which order, and what is told of it."""

from __future__ import annotations

from bluegreen.cli.demo.shop import DRAIN, RATE, SLOW, WATCH, Shop
from bluegreen.cli.demo.stage import Stage
from bluegreen.cli.demo.summary import Summary
from bluegreen.cli.demo.taken_back import TakenBack


def tour(stage: Stage[Shop]) -> Summary:
    """Every step, and what came of it. Raises PermanentError where one ends otherwise than it should."""
    for step in (
        _release_1_goes_live,
        _release_2_takes_over,
        _back_and_forth,
        _release_3_fails_its_checks,
        _release_4_never_starts,
        _back_to_release_1,
        _controller_is_killed,
        _release_6_becomes_slow,
    ):
        step(stage)
    steps, load = stage.finish()
    assert stage.killed is not None
    taken_back, facts = TakenBack("r6", "r5", within=WATCH), stage.application.worker_facts()
    return Summary(steps, load, ("r3", "r4"), taken_back, facts, stage.killed, stage.rollback_seconds)


def _release_1_goes_live(stage: Stage[Shop]) -> None:
    stage.begin(
        "Release 1 goes live",
        "Its components start in the blue environment and are checked there. Only then does the address open.",
    )
    stage.deploy("r1", "the first release")
    stage.let_users_come()
    stage.say(
        f"From here to the end the shop has users, at {stage.url}:",
        f"{RATE} requests a second, an event stream and a WebSocket.",
        "They never retry, and verify every answer.",
    )


def _release_2_takes_over(stage: Stage[Shop]) -> None:
    stage.begin(
        "Release 2 takes over",
        "It starts in green, beside release 1, and is checked there. Then all users move in one step.",
    )
    stage.application.advertise("Only three lamps left")
    stage.deploy("r2", "new headline")
    stage.say("Blue stays warm. Streams that began there go on there: a switch cuts nothing.")


def _back_and_forth(stage: Stage[Shop]) -> None:
    stage.begin(
        "Second thoughts",
        "Release 1 is still warm in blue: going back is one change of the route. So is going forward again.",
    )
    stage.roll_back_at_once("rollback", None)
    stage.pause()
    stage.roll_back_at_once("rollback --to r2", "r2")


def _release_3_fails_its_checks(stage: Stage[Shop]) -> None:
    stage.begin(
        "Release 3 fails its checks",
        "It starts, but an item is missing in its catalogue. It needs blue, where the two streams still are: they "
        f"may go on there for `drain` ({DRAIN} s here) from the switch on. Then they are cut, and counted below.",
    )
    stage.application.lose_an_item()
    stage.deploy("r3, fails checks", "fewer lamps", result="failed")


def _release_4_never_starts(stage: Stage[Shop]) -> None:
    stage.begin("Release 4 never starts", "Its web servers end at once. Their last log lines say why.")
    stage.application.lose_the_headline()
    stage.deploy("r4, never starts", "no headline", result="failed")
    stage.say("Release 2 goes on serving in green, whatever happens in blue.")


def _back_to_release_1(stage: Stage[Shop]) -> None:
    stage.begin(
        "Back to release 1",
        "Releases 3 and 4 needed blue, so release 1 is no longer warm. But it is kept: it is started "
        "again and checked again, before anybody is led to it.",
    )
    stage.roll_back("rollback --to r1", "r1")


def _controller_is_killed(stage: Stage[Shop]) -> None:
    stage.begin(
        "The controller is killed in the middle of a deployment",
        f"Release 5 has one more check, which takes {SLOW} s. While it runs, the controller gets a `kill -9`. "
        "Traffic does not depend on it. Started again, it carries on where it was.",
    )
    stage.application.advertise("Three lamps, one good night")
    stage.application.check_slowly()
    stage.deploy("r5, kill -9", "a slower check", during=stage.kill_the_controller)


def _release_6_becomes_slow(stage: Stage[Shop]) -> None:
    stage.begin(
        "Release 6 answers, but slowly",
        "It passes every check, and becomes slow once users are on it: each answer is right, and takes 0.15 s longer. "
        f"Its file says `watch: {{for: {WATCH}s, guards: [latency: {{p95: 1.5x, p99: 2x}}, error_rate]}}`. So it is "
        "compared with release 5 every second, and users are led back as soon as chance is no explanation.",
    )
    stage.application.advertise("Every lamp, every night")
    stage.application.tire()
    stage.application.watch()
    stage.deploy("r6, slow", "more lamps a page", result=None)
