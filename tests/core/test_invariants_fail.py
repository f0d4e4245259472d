"""The invariants of models can fail: each rule that they rest on is broken in turn, and the random lives notice it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bluegreen.core import actions as a
from bluegreen.core import decide, evolve_models, model_needs, taking
from bluegreen.core import events as e
from bluegreen.core.model import AppState, Color, Revision, SharedRun
from bluegreen.core.model_needs import Need
from bluegreen.core.model_specs import ServedModel
from tests.core.test_invariants import live, long_life

LIVES = 300
"""How many lives a broken rule may go unnoticed in: nearly all are noticed in the first few."""


@dataclass(frozen=True)
class Broken:
    """A rule as it must not be, and what the invariants say then."""

    rule: str
    module: Any
    name: str
    instead: Callable[..., Any]
    noticed: str


def _needed_by_the_live_only(state: AppState, component: str) -> Mapping[str, Need]:
    found = NEEDS(state, component)
    return {digest: need for digest, need in found.items() if any("standby" not in by for by in need.by)}


def _unloaded_without_intent(run: SharedRun, needed: Mapping[str, Need]) -> Iterator[a.Action]:
    return (a.UnloadModel(run.component, run.generation, digest) for digest in run.models if digest not in needed)


def _never_lost(revision: Revision, entry: e.Entry, lost: object) -> Revision:
    return revision


def _loaded_by_one(revision: Revision, entry: e.Entry, lives: Mapping[str, str], instances: int) -> Revision:
    return replace(LOADED(revision, entry, lives, instances), loaded=True)


def _all_take_requests(state: AppState, run: SharedRun) -> list[int]:
    return list(range(1, len(run.endpoints) + 1))


def _only_back(state: AppState, to: Color, *, back: bool) -> list[ServedModel]:
    return WAITS(state, to, back=True) if back else []


def _only_forward(state: AppState, to: Color, *, back: bool) -> list[ServedModel]:
    return [] if back else WAITS(state, to, back=False)


NEEDS, LOADED, WAITS = model_needs.needs, evolve_models._loaded, taking.waits_for
NOT_LOADED = r"needs .* which is not loaded in"

RULES = [
    Broken("a standby needs its revision", model_needs, "needs", _needed_by_the_live_only, "although it is needed"),
    Broken(
        "the intent to unload comes first", model_needs, "_unloads", _unloaded_without_intent, "is said to be there"
    ),
    Broken("an environment starts with its revision", decide, "lacking", lambda *_: [], NOT_LOADED),
    Broken("users are moved to what is loaded", decide, "waits_for", _only_back, NOT_LOADED),
    Broken("users are led back to what is loaded", decide, "waits_for", _only_forward, NOT_LOADED),
    Broken("a replacement has every revision", decide, "is_complete", lambda *_: True, NOT_LOADED),
    Broken("who ends loses its memory", evolve_models, "_lost", _never_lost, "is said to be there"),
    Broken("every instance has to answer", evolve_models, "_loaded", _loaded_by_one, "is said to be loaded: True"),
    Broken("who lacks something takes nothing", taking, "_taking", _all_take_requests, "take requests without"),
]


@pytest.mark.parametrize("broken", RULES, ids=lambda broken: broken.rule)
def test_a_broken_rule_is_noticed(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken.module, broken.name, broken.instead)
    with pytest.raises(AssertionError, match=broken.noticed):
        live_on(LIVES)


def live_on(lives: int) -> None:
    for seed in range(lives):
        live(long_life(seed))
