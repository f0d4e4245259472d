"""Which releases a request may name."""

from __future__ import annotations

from dataclasses import replace

from bluegreen.core.model import (
    AppState,
    Color,
    Deployment,
    Environment,
    EnvironmentState,
    Kind,
    Phase,
    Release,
    Result,
    Route,
)
from bluegreen.core.spec import AppSpec, Component
from bluegreen.engine.routing import routing

SPEC = AppSpec("shop", "127.0.0.1:1", (Component("web", "./web", receives=("/",)),), skew_protection=True)
BLUE, GREEN = Color.BLUE, Color.GREEN


def environment(color: Color, release: int, state: EnvironmentState) -> Environment:
    endpoints = {"web": ("127.0.0.1:2",)}
    return Environment(color, state, release, 1, endpoints, verified=f"digest {release}")


def switched(blue: int, green: int) -> AppState:
    """Green is live, and blue is its warm standby; every release has been completed."""
    return AppState(
        "shop",
        releases={n: Release(n, f"digest {n}", "a", SPEC, status=Result.COMPLETED) for n in (1, 2)},
        environments={
            BLUE: environment(BLUE, blue, EnvironmentState.STANDBY),
            GREEN: environment(GREEN, green, EnvironmentState.LIVE),
        },
        confirmed=Route(2, {GREEN: 100}),
    )


def pinned(state: AppState) -> dict[Color, str]:
    found = routing(state, lambda owner: 3)
    assert found is not None
    return dict(found.pinned)


def deployment(what: Kind, color: Color, phase: Phase) -> Deployment:
    return Deployment(3, 1, what, phase, color, "ada", 0.0)


def test_both_may_be_named_while_the_old_one_is_warm() -> None:
    assert pinned(switched(1, 2)) == {BLUE: "r1", GREEN: "r2"}


def test_a_release_that_runs_in_both_is_where_the_route_says() -> None:
    assert pinned(switched(2, 2)) == {}


def test_what_is_being_brought_live_is_not_named_even_if_it_was_live_once() -> None:
    for phase in (Phase.AWAITING_APPROVAL, Phase.SWITCHING, Phase.WATCHING, Phase.ROLLING_BACK):
        state = replace(switched(1, 2), deployment=deployment(Kind.DEPLOY, BLUE, phase))
        assert pinned(state) == {GREEN: "r2"}


def test_what_a_rollback_takes_users_from_is_not_named() -> None:
    state = replace(switched(1, 2), deployment=deployment(Kind.ROLLBACK, BLUE, Phase.SWITCHING))
    assert pinned(state) == {BLUE: "r1"}
