"""What an application asks for that its router is not able to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bluegreen.core.router_specs import Abilities
from bluegreen.core.spec import AppSpec, Guard


@dataclass(frozen=True)
class Unmet:
    """One thing that was asked for and cannot be had."""

    key: tuple[str | int, ...]
    """Where the file asks for it; a guard is named by its name."""
    what: str
    """Ends a sentence that begins with what people call the router."""
    cure: str


def unmet(spec: AppSpec, able: Abilities) -> Iterator[Unmet]:
    """Everything that the application asks for beyond these abilities."""
    if not able.tls and spec.tls is not None:
        yield Unmet(("tls",), "has its certificates in its own configuration", "remove `tls`")
    if not able.failover and spec.failover:
        yield Unmet(("failover",), "cannot fail over by itself", "remove `failover`, or write `failover: false`")
    if not able.pinned and spec.skew_protection:
        yield Unmet(("skew_protection",), "cannot follow requests that name a release", "remove `skew_protection`")
    yield from _split(spec, able)
    for index, check in enumerate(spec.verify):
        if not able.mirror and check.kind == "shadow":
            yield Unmet(("verify", index, "shadow"), "cannot copy users' requests", "remove the `shadow` check")
    for guard in spec.watch.guards if spec.watch is not None else ():
        if why := unable_to_judge(guard, able):
            cure = "remove the guard, or name others"
            yield Unmet(("watch", "guards", guard.name), why, cure)


def _split(spec: AppSpec, able: Abilities) -> Iterator[Unmet]:
    if not able.sticky and spec.switch.sticky:
        yield Unmet(("switch", "sticky"), "cannot keep users with a release", "remove `sticky`")
    if able.weighted:
        return
    if spec.switch.shift != (100,):
        yield Unmet(("switch", "shift"), "cannot split users' requests", "remove `shift`, or write `shift: [100%]`")
    if spec.watch is not None and spec.watch.holdback:
        yield Unmet(("watch", "holdback"), "cannot split users' requests", "remove `holdback`")


def unable_to_judge(guard: Guard, able: Abilities) -> str:
    """Why nothing tells a guard what it judges by; empty when something does."""
    if guard.kind == "error_rate" and not able.measure:
        return "does not count users' requests"
    if guard.kind == "latency" and not (able.measure and able.times):
        return "does not tell how long answers take"
    if guard.kind in ("outputs", "streaming") and not able.sample:
        return "does not sample answers"
    return ""
