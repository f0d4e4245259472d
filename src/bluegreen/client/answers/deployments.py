"""Deployments, and what becomes of what is asked of them."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from bluegreen.client.answers.flags import CarriedOver, FlagChange
from bluegreen.client.answers.judgements import Check, Figure, Judgement
from bluegreen.client.answers.models import ModelChange
from bluegreen.client.answers.words import Color, Result


class Receipt(TypedDict):
    """What a deployment did to users (docs/reference/cli.md)."""

    requests: dict[Color, int | None]
    failed: dict[Color, int | None]
    explicit: dict[Color, int | None]
    switch_seconds: float | None
    after_confirmed: int | None
    drain_seconds: float | None
    streams_cut: int | None
    overlap_seconds: float | None
    overlap_cost: NotRequired[float | None]
    """What the second environment has cost in this time, by `cost_per_hour` of its components."""
    sharing_saved: NotRequired[float | None]
    """What second copies of the shared components would have cost."""
    flags: list[str]
    """Which flags it changed, in words."""
    complete: bool


class Entry(TypedDict):
    """One entry of the history; every ``kind`` of event and its fields are in `bluegreen.core.events`."""

    seq: int
    app: str
    at: float
    actor: str
    reason: str
    event: dict[str, Any]


class Deployment(TypedDict):
    """A deployment. What is not required is in the answer for a single one only."""

    number: int
    release: str
    kind: Literal["deploy", "rollback", "shared"]
    phase: str
    result: Result | None
    reason: str
    color: Color
    component: str | None
    instant: bool
    actor: str
    message: str
    at: float
    phase_since: float
    ended: float | None
    step: int
    steps: list[int]
    previous: str | None
    flags: list[FlagChange]
    """Which flags it changes, against the release that was live when it began."""
    models: NotRequired[list[ModelChange] | None]
    """Which models it changes, likewise; None: one of both releases is not kept any more."""
    receipt: NotRequired[Receipt]
    checks: NotRequired[list[Check]]
    baseline: NotRequired[dict[str, Any] | None]
    judgements: NotRequired[list[Judgement]]
    taken_back: NotRequired[TakenBack | None]
    events: NotRequired[list[Entry]]
    ticks: NotRequired[list[dict[str, Any]]]
    replayed: NotRequired[dict[str, Any]]
    kept_answers: NotRequired[list[dict[str, Any]]]
    """Of answers that a guard found bad: which are kept, where, and until when."""


class TakenBack(TypedDict):
    """Why users were led back: which flags the release had changed, which guard found what, and how sure that is."""

    reason: str
    flags: list[FlagChange]
    guard: str | None
    figures: list[Figure]
    evidence: float | None
    alarm_at: float | None
    sure: str


class Begun(TypedDict):
    """A deployment that has begun: it is followed by the entries behind ``after``."""

    deployment: int
    release: str
    after: int
    approval: NotRequired[bool]
    """Whether a person has to agree to it after its checks."""
    follow: str
    flags: NotRequired[CarriedOver]
    """What became of flags that a command had edited."""


class Steered(TypedDict):
    """What became of an approval or an abort."""

    deployment: int | None
    notice: str


class RolledBack(TypedDict):
    """What became of a rollback so far; ``deployment`` None: there was nothing to do, and ``notice`` says why."""

    deployment: int | None
    instant: bool
    confirmed: bool
    release: str | None
    target: str | None
    live: Color | None
    epoch: int
    notice: str
    after: int
