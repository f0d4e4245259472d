"""Every event has words, and numbers read well."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from bluegreen.cli.wording import evidence, sentence, shares
from bluegreen.core import events as e
from bluegreen.core.evidence import Baseline, Counted, Tick
from bluegreen.core.model import Color, Kind, Release, Result
from bluegreen.core.spec import AppSpec, Call, ServedModel
from bluegreen.core.verdict import Verdict

VALUES: dict[str, Any] = {
    "release": 3,
    "deployment": 4,
    "start": 100.0,
    "what": Kind.DEPLOY,
    "color": Color.GREEN,
    "component": "ranker",
    "digest": "0123456789abcdef",
    "endpoints": {"web": ("127.0.0.1:1",)},
    "generation": 4,
    "check": "http /healthz",
    "verdict": Verdict.ALLOW,
    "seconds": 0.5,
    "hook": "after_switch",
    "succeeded": True,
    "epoch": 7,
    "shares": {Color.GREEN: 100},
    "took": 0.004,
    "step": 1,
    "result": Result.COMPLETED,
    "place": "green",
    "index": 0,
    "action": "SetRoute",
    "why": "sale",
    "baseline": Baseline(seconds=60.0, requests=1000, errors=1),
    "ticks": (Tick(at=1.0, span=1.0, new=Counted(50, 50, 1)), Tick(at=2.0, span=1.0, missing="no answer")),
    "share": 100,
    "missed": 3.0,
    "elapsed": 60.0,
    "findings": (),
    "model": ServedModel("chat", "ranker", "chat-v1", Call("GET", "/{name}")),
    "served_name": "chat-v1",
    "instances": {"1": "1@0.000"},
}


def example(kind: type) -> Any:
    needed = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
    values = {name: VALUES[name] for name in needed if name in VALUES}
    if kind is e.ReleaseCreated:
        values["release"] = Release(3, "d", "a", AppSpec("shop", "127.0.0.1:1", ()))
    if kind in (e.SharedStarted, e.SharedReturned):
        values["endpoints"] = ("127.0.0.1:1",)
    return kind(**values)


@pytest.mark.parametrize("kind", get_args(e.Event), ids=lambda kind: kind.__name__)
def test_every_event_is_a_sentence(kind: type) -> None:
    event = TypeAdapter(e.Event).dump_python(example(kind), mode="json")
    said = sentence(event)
    assert said
    # The fall-back of events from a newer controller is their bare kind: none of ours may need it.
    assert said != event["kind"] or said in ("approved", "unlocked", "unfrozen")


def test_an_unknown_event_is_shown_by_its_kind() -> None:
    assert sentence({"kind": "moon landed"}) == "moon landed"


def test_control_characters_never_reach_the_terminal() -> None:
    assert "\x1b" not in sentence({"kind": "locked", "why": "\x1b[2Jgone"})


def test_shares() -> None:
    assert shares({"green": 5, "blue": 95}) == "green 5 %, blue 95 %"
    assert shares({}) == "nobody"


def test_evidence_reads_as_words_and_leaves_out_what_is_empty() -> None:
    found = {"probes": ["http /healthz", "http /api"], "failed": [], "status": 503, "output": "one\ntwo"}
    assert evidence(found) == ["probes: http /healthz, http /api", "status: 503", "output:", "  one", "  two"]
    assert evidence({"why": "too slow", "status": 503}, said="too slow") == ["status: 503"]
