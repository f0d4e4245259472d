"""What a deployment did to users, in figures: a pure function of the history. What is not known is None."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bluegreen.core import events as e
from bluegreen.core.evolve import LEFT
from bluegreen.core.model import Color, Deployment, Kind, Traffic


@dataclass(frozen=True)
class Receipt:
    """All figures come from the router's own counters and the controller's clock."""

    requests: Mapping[Color, int | None] = field(default_factory=dict)
    """Users' requests that each environment answered between the deployment's beginning and its end."""
    failed: Mapping[Color, int | None] = field(default_factory=dict)
    """Those of them that failed: 5xx answers, resets, time-outs."""
    explicit: Mapping[Color, int | None] = field(default_factory=dict)
    """Requests that named an environment themselves (skew protection, preview by header), beside those above."""
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
    flags: tuple[str, ...] = ()
    """Which flags it changed, in words."""
    complete: bool = False
    """Whether nothing more can be added to it."""


def receipt(deployment: Deployment, entries: Sequence[e.Entry]) -> Receipt:
    """The receipt of a deployment from the entries of its application, from its request on."""
    if deployment.what is Kind.SHARED:
        return _shared_receipt(deployment, entries)
    n = deployment.number
    confirmed = [ev for ev in _of(entries, e.RouteConfirmed) if ev.deployment == n]
    end = _first(ev.traffic for ev in _of(entries, e.DeploymentEnded) if ev.deployment == n)
    if deployment.instant:
        begin, unknown = _first(ev.traffic for ev in confirmed), frozenset[Color]()
    else:
        begin, unknown = _beginning(deployment, entries, end)
    last = confirmed[-1] if confirmed else None
    left = _left(deployment, last)
    gone, settled = _afterwards(entries, last, left)
    drained = next((ev for ev in _of(gone, e.DrainFinished) if ev.color is left), None)
    stopped = settled.event if settled and isinstance(settled.event, e.EnvironmentStopped) else None
    return Receipt(
        requests={color: _difference(begin, end, color, "requests", unknown) for color in Color},
        failed={color: _difference(begin, end, color, "failed", unknown) for color in Color},
        explicit={color: _difference(begin, end, color, "explicit", unknown) for color in Color},
        switch_seconds=last.took if last else None,
        after_confirmed=_late(last, drained, stopped, left),
        drain_seconds=drained.seconds if drained else None,
        streams_cut=stopped.cut if stopped else 0 if settled else None,
        overlap_seconds=_overlap(deployment, entries, settled),
        flags=tuple(map(str, deployment.flags)),
        complete=deployment.ended is not None and (left is None or settled is not None),
    )


def _shared_receipt(deployment: Deployment, entries: Sequence[e.Entry]) -> Receipt:
    since = next((i for i, x in enumerate(entries) if _moves(x.event, deployment)), len(entries))
    key = f"{deployment.component}{LEFT}"
    stopped = next((ev for ev in _of(entries[since:], e.SharedStopped) if ev.component == key), None)
    return Receipt(streams_cut=stopped.cut if stopped else None, complete=deployment.ended is not None)


def _moves(event: e.Event, deployment: Deployment) -> bool:
    return isinstance(event, e.SharedMoved) and event.deployment == deployment.number


def story(deployment: Deployment, entries: Sequence[e.Entry]) -> Sequence[e.Entry]:
    """The entries that belong to a deployment: until its end, and what became of the environment that users left."""
    n = deployment.number
    end = next(
        (i for i, x in enumerate(entries) if isinstance(x.event, e.DeploymentEnded) and x.event.deployment == n), None
    )
    during = entries if end is None else entries[: end + 1]
    own = [x for x in during if getattr(x.event, "deployment", n) in (n, None)]
    if end is None:
        return own
    confirmed = [ev for ev in _of(during, e.RouteConfirmed) if ev.deployment == n]
    last = confirmed[-1] if confirmed else None
    left = _left(deployment, last)
    gone, settled = _afterwards(entries, last, left)
    later = [x for x in (*gone, *([settled] if settled else [])) if x.seq > entries[end].seq]
    kinds = (e.DrainFinished, e.EnvironmentStopping, e.EnvironmentStopped)
    return [*own, *(x for x in later if isinstance(x.event, kinds) and x.event.color is left)]


T = TypeVar("T")


def _of(entries: Iterable[e.Entry], kind: type[T]) -> Iterable[T]:
    return (entry.event for entry in entries if isinstance(entry.event, kind))


def _first(counters: Iterable[Mapping[str, Traffic]]) -> Mapping[str, Traffic]:
    return next(iter(counters), {})


def _beginning(
    deployment: Deployment, entries: Sequence[e.Entry], end: Mapping[str, Traffic]
) -> tuple[Mapping[str, Traffic], frozenset[Color]]:
    """Where counting begins, and for which environments the router did not tell: to count from nothing is too much.

    For the new environment that is after its checks, whose requests are not from users.
    """
    n, color = deployment.number, deployment.color
    begin = _first(ev.traffic for ev in _of(entries, e.Built) if ev.deployment == n)
    verified = next((ev for ev in _of(entries, e.Verified) if ev.deployment == n), None)
    checked = end if verified is None else verified.traffic
    unknown = {color} if not checked else set()
    if not begin and deployment.previous is not None:
        unknown.add(color.other)
    own = {name: traffic for name, traffic in checked.items() if _color_of(name) == color}
    return {**begin, **own}, frozenset(unknown)


def _left(deployment: Deployment, last: e.RouteConfirmed | None) -> Color | None:
    """The environment that users have left: the old one, or after a way back the new one."""
    if last is None or deployment.previous is None:
        return None
    return next((color for color in Color if not last.shares.get(color)), None)


def _afterwards(
    entries: Sequence[e.Entry], last: e.RouteConfirmed | None, left: Color | None
) -> tuple[Sequence[e.Entry], e.Entry | None]:
    """What followed the last confirmation, until the environment that users left was stopped, or led users again.

    What comes then is another deployment's doing. The entry that says so is the second value.
    """
    if last is None or left is None:
        return (), None
    index = next(i for i, entry in enumerate(entries) if entry.event is last)
    for i, entry in enumerate(entries[index + 1 :], index + 1):
        if _stops(entry.event, left) or _leads_to(entry.event, left):
            return entries[index:i], entry
    return entries[index:], None


def _stops(event: e.Event, color: Color) -> bool:
    return isinstance(event, e.EnvironmentStopped) and event.color is color


def _leads_to(event: e.Event, color: Color) -> bool:
    return isinstance(event, e.RouteConfirmed | e.RouteObserved) and bool(event.shares.get(color))


def _color_of(backend: str) -> str:
    return backend.split("/")[1]


def _sum(counters: Mapping[str, Traffic], color: Color, what: str) -> int:
    return sum(getattr(t, what) for name, t in counters.items() if _color_of(name) == color)


def _is_counted(counters: Mapping[str, Traffic]) -> bool:
    return all(traffic.counted for traffic in counters.values())


def _difference(
    begin: Mapping[str, Traffic], end: Mapping[str, Traffic], color: Color, what: str, unknown: Collection[Color]
) -> int | None:
    """How much a counter grew, backend by backend; None when it cannot be known (a proxy that began anew, a router
    that does not count)."""
    if not end or color in unknown:
        return None
    total = 0
    for name, counters in end.items():
        if _color_of(name) == color:
            if not counters.counted:
                return None
            grown = getattr(counters, what) - getattr(begin.get(name, Traffic()), what)
            if grown < 0:
                return None
            total += grown
    return total


def _late(
    last: e.RouteConfirmed | None,
    drained: e.DrainFinished | None,
    stopped: e.EnvironmentStopped | None,
    left: Color | None,
) -> int | None:
    final = drained.traffic if drained else stopped.traffic if stopped else None
    if last is None or left is None or not final or not last.traffic or not _is_counted(last.traffic):
        return None
    late = _sum(final, left, "requests") - _sum(last.traffic, left, "requests")
    return late if late >= 0 else None


def _overlap(deployment: Deployment, entries: Sequence[e.Entry], settled: e.Entry | None) -> float | None:
    if deployment.previous is None:
        return 0.0
    since = _started(deployment, entries)
    if since is None:
        return 0.0 if deployment.ended is not None else None
    # Before it started, the environment of its colour was another release's.
    own = next((entry for entry in entries if entry.seq > since.seq and _stops(entry.event, deployment.color)), None)
    ends = [entry.at for entry in (settled, own) if entry is not None]
    return min(ends) - since.at if ends else None


def _started(deployment: Deployment, entries: Sequence[e.Entry]) -> e.Entry | None:
    """From when on it had an environment beside the live one; None when it never got that far."""
    kinds = (e.DeploymentRequested,) if deployment.instant else (e.EnvironmentStarted, e.EnvironmentStarting)
    own = [x for x in entries if isinstance(x.event, kinds) and x.event.deployment == deployment.number]
    return next((x for kind in kinds for x in own if isinstance(x.event, kind)), None)
