"""What checks and guards say."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from bluegreen.client.answers.words import Verdict


class Figure(TypedDict):
    name: str
    unit: str
    before: float | None
    now: float | None
    limit: float | None


class GuardFinding(TypedDict):
    guard: str
    verdict: Verdict
    reason: str
    figures: list[Figure]
    evidence: float | None
    alarm_at: float | None
    finds: float | None
    alerts_only: bool


class Watch(TypedDict):
    deployment: int
    step: int
    share: int
    seconds: float
    least: float
    elapsed: float
    missed: float
    extended: int
    verdict: Verdict
    reason: str
    held: str | None
    guards: list[GuardFinding]


class CheckUnderWay(TypedDict):
    """How far a check is that has not found anything yet; ``done``, ``of``: None where it cannot tell."""

    check: str
    since: float
    done: int | None
    of: int | None
    said: str
    """In words, such as ``120 of 400 cases, 3 failed so far``; may be empty."""


class Check(TypedDict):
    check: str
    verdict: Verdict
    reason: str
    seconds: float
    evidence: dict[str, Any]


class Judgement(TypedDict):
    step: int
    share: int
    verdict: Verdict
    reason: str
    at: float
    elapsed: float
    missed: float
    guards: list[GuardFinding]
