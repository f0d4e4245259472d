"""What the journal has, as metrics: these counters outlive the controller."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from bluegreen.core.model import Kind, Result
from bluegreen.engine.families import Family
from bluegreen.engine.tally import Tally


def history_families(tallies: Mapping[str, Tally]) -> list[Family]:
    """By application."""
    deployments = Family("counter", "bluegreen_deployments", "Deployments that have ended.", ("app", "kind", "result"))
    phases = Family(
        "histogram", "bluegreen_phase_duration_seconds", "How long deployments stayed in a phase.", ("app", "phase")
    )
    moves = Family(
        "histogram",
        "bluegreen_switch_duration_seconds",
        "From the decision to move users until the route was confirmed.",
        ("app",),
    )
    drains = Family(
        "histogram",
        "bluegreen_drain_duration_seconds",
        "Until nothing was under way on an environment that users had left.",
        ("app",),
    )
    cut = Family("counter", "bluegreen_streams_cut", "Requests and streams cut when what served them ended.", ("app",))
    verdicts = Family(
        "counter",
        "bluegreen_verdicts",
        "What guards came to, each time a step was judged.",
        ("app", "guard", "verdict"),
    )
    crashes = Family("counter", "bluegreen_instance_crashes", "Instances that ended by themselves.", ("app", "place"))
    confirmed = Family("gauge", "bluegreen_route_confirmed_timestamp_seconds", "When users were moved last.", ("app",))
    for app, tally in sorted(tallies.items()):
        # Also what never was: the first one must show as an increase.
        for kind, result in product(Kind, Result):
            deployments.add(app, str(kind), str(result), value=tally.ended[kind, result])
        for phase, buckets in sorted(tally.phases.items()):
            phases.add(app, str(phase), value=buckets)
        moves.add(app, value=tally.moves)
        drains.add(app, value=tally.drains)
        cut.add(app, value=tally.cut)
        for (guard, verdict), count in sorted(tally.verdicts.items()):
            verdicts.add(app, guard, verdict, value=count)
        for place in ("blue", "green", "shared"):
            crashes.add(app, place, value=tally.crashes[place])
        if tally.confirmed_at is not None:
            confirmed.add(app, value=tally.confirmed_at)
    return [deployments, phases, moves, drains, cut, verdicts, crashes, confirmed]
