"""What was observed of a release under watch, second by second: the facts that guards judge. JSON values throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Counted:
    """What the proxy counted of one environment during one tick: users' requests only."""

    arrived: int
    answered: int
    """Those that were answered or failed during the tick, whenever they arrived."""
    errors: int
    """Those of ``answered`` that were 5xx answers, resets or time-outs."""
    timed: int = 0
    """How many times of answers were measured."""
    slow: tuple[int, ...] = ()
    """How many of ``timed`` took longer than each of `Baseline.thresholds`, in that order."""
    waiting: int = 0
    """Requests under way at the tick's end."""


@dataclass(frozen=True)
class Reading:
    """What one source said: a value, or a verdict of its own, or neither and then why it is missing."""

    value: float | None = None
    verdict: Verdict | None = None
    why: str = ""


class EventCounts(NamedTuple):
    """Business events during one tick, of the new and the old release: the ratio's upper and lower part.

    Of sampled answers: the bad ones, and those that were scored.
    """

    new: int
    new_per: int
    old: int
    old_per: int


@dataclass(frozen=True)
class Tick:
    """About a second of evidence."""

    at: float
    """Seconds since 1970, by the controller's clock: to be shown, never to be reckoned with."""
    span: float
    """Seconds that it covers, by a clock that does not jump."""
    new: Counted | None = None
    """None: missing, and ``missing`` says why."""
    old: Counted | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """By guard name: what was read during this tick. A guard that is not due now is not there."""
    events: Mapping[str, EventCounts] = field(default_factory=dict)
    """By guard name."""
    missing: str = ""


@dataclass(frozen=True)
class Threshold:
    """A time that a known share of the old release's answers took longer than."""

    quantile: float
    factor: float
    """How many times the quantile's value is tolerated."""
    before: float
    """The quantile's value before, in seconds."""
    seconds: float
    """An answer is slow when it takes longer."""
    share: float
    """The tolerated share of slow answers: the upper bound of what the old release would have if it were slower by
    ``factor``."""
    usual: float = 0.0
    """The share of the old release's answers that were slow by this measure."""


@dataclass(frozen=True)
class Interval:
    """What the proxy counted of the live environment over some seconds before the switch."""

    seconds: float
    requests: int
    errors: int


@dataclass(frozen=True)
class Answers:
    """How sampled answers of the release before did by one rule."""

    scored: int
    bad: int
    """How many of ``scored`` were bad; of what is measured: were beyond what is tolerated of the new release."""
    dispersion: float = 1.0
    """As `Baseline.dispersion`."""
    tempering: float = 1.0
    """As `Baseline.tempering`."""
    line: float | None = None
    """Of what is measured: from where on an answer of the new release is bad."""
    usual: float | None = None
    """Of what is measured: the quantile before."""
    beyond: float = 0.0
    """Of what is measured: the share of answers before that were beyond the line themselves."""


@dataclass(frozen=True)
class Baseline:
    """The release before, as it was on live traffic, frozen before the first step of the switch."""

    seconds: float = 0.0
    """How long it was observed."""
    requests: int = 0
    errors: int = 0
    dispersion: float = 1.0
    """By how much the errors of an interval vary more than independent ones would: about the size of a burst."""
    tempering: float = 1.0
    """The power that evidence of errors is raised to, as errors came in bursts of several seconds; 1: they did not."""
    timed: int = 0
    thresholds: tuple[Threshold, ...] = ()
    """In the order of `spec.Latency.limits`; empty when no time was measured."""
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """What a query gave before, oldest first, by guard name."""
    events: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Upper and lower part of each ratio before, by guard name."""
    answers: Mapping[str, Answers] = field(default_factory=dict)
    """By guard name."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Why there is nothing to compare with, by guard name."""
