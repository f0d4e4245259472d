"""What follows from the evidence of a watch, whatever the guards are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bluegreen.core import actions as a
from bluegreen.core import commands
from bluegreen.core import events as e
from bluegreen.core.decide import decide
from bluegreen.core.model import Color, Phase, Release, Result
from bluegreen.core.replay import judge_again
from bluegreen.core.spec import AppSpec, ErrorRate, Hooks, HttpProbe, Switch, Watch
from bluegreen.core.verdict import Verdict
from bluegreen.core.watching import Judging, begin_watching
from tests.core.ticks import BEFORE, counted, tick
from tests.core.world import WATCH, World, spec


def deploy(world: World, made: AppSpec, **options: bool) -> None:
    world.releases += 1
    digest = f"digest-{world.releases}"
    release = Release(0, digest, "artifact", made, shared={"ranker": digest})
    assert world.command(lambda state: commands.deploy(state, release, moment=world.moment, **options)) is not None


def watched(watch: Watch = WATCH, **changes: object) -> World:
    """A world whose second release is under watch, or about to be."""
    world = World()
    deploy(world, spec())
    world.settle()
    deploy(world, spec(watch=watch, **changes))
    return world


def until(world: World, condition: object, limit: int = 200) -> None:
    for _ in range(limit):
        if condition(world):  # type: ignore[operator]
            return
        actions = world.actions()
        assert actions, f"nothing is wanted: {world.state.deployment}"
        world.perform(actions[0])
    raise AssertionError(f"it never came to it: {world.state.deployment} {world.state.watching}")


def ended(world: World) -> bool:
    return world.state.deployment is None


def held(world: World) -> bool:
    return world.state.watching is not None and bool(world.state.watching.held)


def last(world: World) -> tuple[Result | None, str]:
    return world.state.ended[-1].result, world.state.ended[-1].reason


def of(world: World, kind: type) -> list[e.Event]:
    return [entry.event for entry in world.journal if isinstance(entry.event, kind)]


def test_a_healthy_release_is_completed_with_its_verdict_on_record() -> None:
    world = watched()
    until(world, ended)
    assert last(world) == (Result.COMPLETED, "r2 is live in green")
    judged = of(world, e.Judged)
    assert [(j.verdict, j.share, j.elapsed) for j in judged] == [(Verdict.ALLOW, 100, 8.0)]  # type: ignore[attr-defined]


def test_a_first_release_is_not_watched() -> None:
    world = World()
    deploy(world, spec(watch=WATCH))
    until(world, ended)
    assert last(world)[0] is Result.COMPLETED
    assert not of(world, e.Watched)
    assert not of(world, e.BaselineTaken)


def test_a_rollback_is_not_watched() -> None:
    world = watched()
    until(world, ended)
    world.answers = Verdict.BLOCK
    world.command(commands.rollback)
    until(world, ended)
    assert last(world)[0] is Result.COMPLETED
    assert world.state.live is Color.BLUE


def test_a_regressed_release_is_rolled_back_once_the_standby_has_answered() -> None:
    world = watched()
    world.answers = Verdict.BLOCK
    until(world, ended)
    result, reason = last(world)
    assert result is Result.ROLLED_BACK
    assert "http /" in reason
    assert world.state.live is Color.BLUE
    kinds = [type(event) for event in (entry.event for entry in world.journal)]
    assert kinds.index(e.Judged) < kinds.index(e.StandbyProbed) < kinds.index(e.RollbackStarted)


def test_when_both_fail_a_person_is_waited_for_and_users_stay() -> None:
    world = watched()
    world.answers = world.standby = Verdict.BLOCK
    until(world, held)
    for _ in range(5):
        world.perform(world.actions()[0])
    assert world.state.live is Color.GREEN
    assert world.state.deployment is not None
    assert "both fail: shared cause" in (world.state.watching.held if world.state.watching else "")
    world.approve()
    until(world, ended)
    assert last(world)[0] is Result.COMPLETED
    assert "not judged" in last(world)[1]


@pytest.mark.parametrize("changes", [{"watch": replace(WATCH, holdback=20)}, {"switch": Switch(shift=(80, 100))}])
def test_what_does_not_compare_both_releases_leads_nobody_back_from_a_split_route_either(
    changes: dict[str, object],
) -> None:
    """A probe of the new release fails in an outage that both share, whoever else has users at the time."""
    world = watched(**changes)  # type: ignore[arg-type]
    world.answers = world.standby = Verdict.BLOCK
    until(world, held)
    assert world.state.watching is not None
    assert "both fail: shared cause" in world.state.watching.held
    assert world.state.confirmed is not None
    assert world.state.confirmed.share(Color.GREEN) == 80


def test_what_compares_both_releases_needs_no_probe_of_the_old_one() -> None:
    guards = (HttpProbe("/"), ErrorRate())
    judging = Judging(Watch(guards=guards, holdback=20), 80, 60.0, 60.0, 1, sticky=False)
    ticks = [tick(counted(80, errors=40), counted(20))] * 20
    watching = begin_watching(1, judging, BEFORE, 0.0).take(ticks)
    assert watching.verdict is Verdict.BLOCK
    assert watching.is_compared
    alone = begin_watching(1, replace(judging, share=100), BEFORE, 0.0).take(ticks)
    assert alone.verdict is Verdict.BLOCK
    assert not alone.is_compared


def test_when_both_fail_the_file_may_ask_for_a_rollback_all_the_same() -> None:
    world = watched(replace(WATCH, shared_cause="roll back"))
    world.answers = world.standby = Verdict.BLOCK
    until(world, ended)
    assert last(world)[0] is Result.ROLLED_BACK
    assert not of(world, e.StandbyProbed)


def test_a_held_release_that_regresses_is_rolled_back() -> None:
    world = watched(replace(WATCH, cannot_tell="hold"))
    world.answers = None
    until(world, held)
    world.answers = Verdict.BLOCK
    until(world, ended)
    assert last(world)[0] is Result.ROLLED_BACK


def test_a_watch_without_evidence_is_extended_twice_and_then_held() -> None:
    world = watched()
    world.answers = None
    until(world, held)
    assert len(of(world, e.WatchExtended)) == 2
    assert world.state.watching is not None
    assert world.state.watching.elapsed >= 15
    assert [j.verdict for j in of(world, e.Judged)] == [Verdict.CANNOT_TELL]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("policy", "result", "words"),
    [("block", Result.ROLLED_BACK, "cannot tell"), ("finish", Result.COMPLETED, "completed, not judged")],
)
def test_what_the_file_says_of_a_watch_that_cannot_tell(policy: str, result: Result, words: str) -> None:
    world = watched(replace(WATCH, cannot_tell=policy))  # type: ignore[arg-type]
    world.answers = None
    until(world, ended)
    assert last(world)[0] is result
    assert words in last(world)[1]


def test_each_step_of_a_shift_moves_on_only_on_a_verdict() -> None:
    world = watched(switch=Switch(shift=(5, 50, 100)))
    world.answers = None
    until(world, lambda w: len(of(w, e.WatchExtended)) == 1)
    assert world.route is not None
    assert world.route.share(Color.GREEN) == 5
    world.answers = Verdict.ALLOW
    until(world, ended)
    assert [j.share for j in of(world, e.Judged)] == [5, 50, 100]  # type: ignore[attr-defined]


def test_a_step_lasts_at_least_as_long_as_it_is_to_be_held() -> None:
    world = watched(switch=Switch(shift=(5, 100), hold=30.0))
    until(world, ended)
    assert of(world, e.Judged)[0].elapsed >= 30.0  # type: ignore[attr-defined]


def test_a_holdback_is_given_up_when_the_watch_is_over() -> None:
    world = watched(replace(WATCH, holdback=10), hooks=Hooks(after_switch="tell"))
    until(world, ended)
    shares = [dict(r.shares) for r in of(world, e.RouteConfirmed)][1:]  # type: ignore[attr-defined]
    assert shares == [{Color.GREEN: 90, Color.BLUE: 10}, {Color.GREEN: 100}]
    assert [j.share for j in of(world, e.Judged)] == [90]  # type: ignore[attr-defined]


def test_a_holdback_that_could_not_be_judged_is_not_said_to_be_healthy_in_the_end() -> None:
    world = watched(replace(WATCH, holdback=10, cannot_tell="finish"))
    world.answers = None
    until(world, ended)
    assert last(world)[0] is Result.COMPLETED
    assert last(world)[1].startswith("completed, not judged: http /")


def test_a_step_that_could_not_be_judged_is_forgotten_when_the_last_one_is() -> None:
    world = watched(replace(WATCH, cannot_tell="finish"), switch=Switch(shift=(50, 100)))
    world.answers = None
    until(world, lambda w: w.state.deployment is not None and w.state.deployment.step == 2)
    world.answers = Verdict.ALLOW
    until(world, ended)
    assert last(world) == (Result.COMPLETED, "r2 is live in green")


def test_a_held_release_that_has_become_healthy_is_judged_so_when_a_person_approves() -> None:
    world = watched(replace(WATCH, cannot_tell="hold"))
    world.answers = None
    until(world, held)
    world.answers = Verdict.ALLOW
    until(world, lambda w: w.state.watching is not None and w.state.watching.verdict is Verdict.ALLOW)
    assert held(world), "a person is waited for all the same"
    world.approve()
    until(world, ended)
    assert last(world) == (Result.COMPLETED, "r2 is live in green")
    assert [j.verdict for j in of(world, e.Judged)] == [Verdict.CANNOT_TELL, Verdict.ALLOW]  # type: ignore[attr-defined]


def test_a_hotfix_takes_the_place_of_a_release_under_watch() -> None:
    world = watched()
    until(world, lambda w: w.state.watching is not None)
    deploy(world, spec(), supersede=True)
    until(world, ended)
    assert [d.result for d in world.state.ended] == [Result.COMPLETED] * 3
    assert "not judged" in world.state.ended[1].reason


def test_a_hotfix_of_a_release_that_has_regressed_does_not_leave_it_as_a_way_back() -> None:
    world = watched()
    world.answers = world.standby = Verdict.BLOCK
    until(world, held)
    deploy(world, spec(), supersede=True)
    until(world, ended)
    assert [d.result for d in world.state.ended] == [Result.COMPLETED, Result.ROLLED_BACK, Result.COMPLETED]
    assert world.state.releases[2].status is Result.ROLLED_BACK


def test_a_hotfix_of_a_release_with_a_holdback_waits_until_users_are_back() -> None:
    world = watched(replace(WATCH, holdback=10))
    until(world, lambda w: w.state.watching is not None)
    deploy(world, spec(), supersede=True)
    until(world, ended)
    assert [d.result for d in world.state.ended] == [Result.COMPLETED, Result.ROLLED_BACK, Result.COMPLETED]


def test_a_clock_that_jumps_ends_no_watch() -> None:
    world = watched()
    until(world, lambda w: w.state.watching is not None)
    world.now += 86_400
    plan = decide(world.state, world.now)
    assert plan.actions[0] == a.GatherEvidence(2, 1)
    assert not any(isinstance(action, a.End) for action in plan.actions)


def test_a_release_of_which_nothing_is_left_is_taken_back_without_statistics() -> None:
    world = watched()
    until(world, lambda w: w.state.watching is not None)
    world.command(commands.take_back_dead)
    assert world.state.deployment is not None
    assert world.state.deployment.phase is Phase.ROLLING_BACK


@pytest.mark.parametrize("answers", [Verdict.ALLOW, Verdict.BLOCK, None])
def test_the_journal_is_enough_to_come_to_the_same_verdict_again(answers: Verdict | None) -> None:
    world = watched(replace(WATCH, cannot_tell="finish"), switch=Switch(shift=(50, 100)))
    world.answers = answers
    until(world, ended)
    again = judge_again("shop", world.journal, 2)
    assert again
    assert all(one.same for one in again)
