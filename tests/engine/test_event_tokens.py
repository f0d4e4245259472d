"""Tokens of runs: the same ones for the same run, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core.model import AppState, Color, Environment
from bluegreen.engine.event_tokens import NotYours, Run, run_of_token
from bluegreen.engine.releases import ReleaseStore

RUN = Run("shop", Color.GREEN, 12, 15)


def state(*runs: Run, app: str = "shop") -> AppState:
    environments = {run.color: Environment(run.color, release=run.release, generation=run.generation) for run in runs}
    return AppState(app, environments={color: environments.get(color, Environment(color)) for color in Color})


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path)


def test_a_token_outlives_the_controller(store: ReleaseStore, tmp_path: Path) -> None:
    token = RUN.token(store)
    assert token.startswith("shop.green.r12.15.")
    assert token == RUN.token(ReleaseStore(tmp_path))
    assert run_of_token(token, state(RUN), ReleaseStore(tmp_path)) == RUN


def test_it_tells_its_run_from_the_other_one(store: ReleaseStore) -> None:
    other = Run("shop", Color.BLUE, 11, 14)
    assert run_of_token(other.token(store), state(RUN, other), store) == other
    assert run_of_token(RUN.token(store), state(RUN, other), store) == RUN


@pytest.mark.parametrize(
    "now",
    [replace(RUN, generation=16), replace(RUN, release=13), replace(RUN, color=Color.BLUE)],
    ids=["started again", "another release", "another colour"],
)
def test_a_run_that_is_gone_is_refused(store: ReleaseStore, now: Run) -> None:
    for there in (state(now), state()):
        with pytest.raises(NotYours, match="does not exist any more: r12 in green"):
            run_of_token(RUN.token(store), there, store)


def test_that_of_another_application_is_refused(store: ReleaseStore) -> None:
    with pytest.raises(NotYours, match="not one of other's") as refused:
        run_of_token(RUN.token(store), state(replace(RUN, app="other"), app="other"), store)
    assert "shop" in refused.value.why


def test_no_changed_character_goes_through(store: ReleaseStore) -> None:
    token = RUN.token(store)
    for at, character in enumerate(token):
        changed = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        with pytest.raises(NotYours, match="not one of this controller's"):
            run_of_token(changed, state(RUN), store)
    for wrong in ("", ".", token[:-1], token + "A", token.upper(), "shop.green.r12.15." + 43 * "é", 5000 * "shop."):
        with pytest.raises(NotYours, match="not one of this controller's"):
            run_of_token(wrong, state(RUN), store)


def test_another_home_signs_differently(store: ReleaseStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    elsewhere = ReleaseStore(tmp_path / "elsewhere")
    with pytest.raises(NotYours, match="not one of this controller's"):
        run_of_token(RUN.token(elsewhere), state(RUN), store)
