"""What a deployment did to users, in figures: a pure function of the history. What is not known is None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bluegreen.core import events as e
from bluegreen.core.model import Color, Deployment, Kind, Traffic


@dataclass(frozen=True)
class Receipt:
    """All figures come from the router's own counters and the controller's clock."""

    requests: Mapping[Color, int | None] = field(default_factory=dict)
    """Requests that each environment answered between the deployment's beginning and its end."""
    failed: Mapping[Color, int | None] = field(default_factory=dict)
    """Those of them that failed: 5xx answers, resets, time-outs."""
    switch_seconds: float | None = None
    """From the decision to the confirmed route; of the last step of a shift."""
    after_confirmed: int | None = None
    """Requests that the old environment still got after the confirmation."""
    drain_seconds: float | None = None
    """From the confirmation until nothing was under way on the old environment."""
    streams_cut: int | None = None
    """None until the old environment is stopped."""
    overlap_seconds: float | None = None
    """How long both environments ran; None while they still do."""
    complete: bool = False
    """Whether nothing more can be added to it."""


def receipt(deployment: Deployment, entries: Sequence[e.Entry]) -> Receipt:
    """The receipt of a deployment from the entries of its application, from its request on."""
    if deployment.what is Kind.SHARED:
        return _shared_receipt(deployment, entries)
    n, old = deployment.number, deployment.color.other
    begin = _first(ev.traffic for ev in _of(entries, e.Built) if ev.deployment == n)
    confirmed = [ev for ev in _of(entries, e.RouteConfirmed) if ev.deployment == n]
    if not begin and confirmed:
        begin = confirmed[0].traffic
    end = _first(ev.traffic for ev in _of(entries, e.DeploymentEnded) if ev.deployment == n)
    last = confirmed[-1] if confirmed else None
    left = last is not None and last.shares.get(old, 0) == 0 and deployment.previous is not None
    gone = _after(entries, last) if last is not None else []
    drained = next((ev for ev in _of(gone, e.DrainFinished) if ev.color is old), None)
    stopped = next((entry for entry in gone if _stops(entry.event, old)), None)
    return Receipt(
        requests={color: _difference(begin, end, color, "requests") for color in Color},
        failed={color: _difference(begin, end, color, "failed") for color in Color},
        switch_seconds=last.took if last else None,
        after_confirmed=_late(last, drained, stopped, old) if left else None,
        drain_seconds=drained.seconds if drained else None,
        streams_cut=_cut(stopped),
        overlap_seconds=_overlap(deployment, entries, stopped),
        complete=deployment.ended is not None and (last is None or deployment.previous is None or stopped is not None),
    )


def _shared_receipt(deployment: Deployment, entries: Sequence[e.Entry]) -> Receipt:
    moved = next((ev for ev in _of(entries, e.SharedMoved) if ev.deployment == deployment.number), None)
    return Receipt(streams_cut=moved.cut if moved else None, complete=deployment.ended is not None)


T = TypeVar("T")


def _of(entries: Iterable[e.Entry], kind: type[T]) -> Iterable[T]:
    return (entry.event for entry in entries if isinstance(entry.event, kind))


def _first(counters: Iterable[Mapping[str, Traffic]]) -> Mapping[str, Traffic]:
    return next(iter(counters), {})


def _after(entries: Sequence[e.Entry], event: e.Event) -> Sequence[e.Entry]:
    index = next(i for i, entry in enumerate(entries) if entry.event is event)
    return entries[index:]


def _stops(event: e.Event, color: Color) -> bool:
    return isinstance(event, e.EnvironmentStopped) and event.color is color


def _color_of(backend: str) -> str:
    return backend.split("/")[1]


def _sum(counters: Mapping[str, Traffic], color: Color, what: str) -> int:
    return sum(getattr(t, what) for name, t in counters.items() if _color_of(name) == color)


def _difference(begin: Mapping[str, Traffic], end: Mapping[str, Traffic], color: Color, what: str) -> int | None:
    """How much a counter grew, backend by backend; None when it cannot be known (a proxy that began anew)."""
    if not end:
        return None
    total = 0
    for name, counters in end.items():
        if _color_of(name) == color:
            grown = getattr(counters, what) - getattr(begin.get(name, Traffic()), what)
            if grown < 0:
                return None
            total += grown
    return total


def _late(
    last: e.RouteConfirmed | None, drained: e.DrainFinished | None, stopped: e.Entry | None, old: Color
) -> int | None:
    final = drained.traffic if drained else stopped.event.traffic if stopped else None  # type: ignore[union-attr]
    if last is None or not final or not last.traffic:
        return None
    late = _sum(final, old, "requests") - _sum(last.traffic, old, "requests")
    return late if late >= 0 else None


def _cut(stopped: e.Entry | None) -> int | None:
    return stopped.event.cut if stopped and isinstance(stopped.event, e.EnvironmentStopped) else None


def _overlap(deployment: Deployment, entries: Sequence[e.Entry], stopped: e.Entry | None) -> float | None:
    if deployment.previous is None:
        return 0.0
    started = next(
        (x for x in entries if isinstance(x.event, e.EnvironmentStarted) and x.event.deployment == deployment.number),
        None,
    )
    since = started.at if started else deployment.at
    own = next((x for x in entries if _stops(x.event, deployment.color)), None)
    ends = [x.at for x in (stopped, own) if x is not None]
    return min(ends) - since if ends else None
