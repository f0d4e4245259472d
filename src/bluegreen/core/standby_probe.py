"""A look at the old environment before going back to it: what it is asked, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bluegreen.core.evidence import Reading
from bluegreen.core.model import AppState, Color
from bluegreen.core.spec import HttpCheck, HttpProbe
from bluegreen.core.verdict import Verdict

PROBE_WITHIN = 2.0
"""Seconds that one answer may take."""
TRIES = 2
"""How often each thing is asked: it fails where every try does, so that one slow answer holds nobody."""


@dataclass(frozen=True)
class Probed:
    """How the old environment did: block means that it fails as well."""

    verdict: Verdict
    reason: str
    evidence: Mapping[str, Any]


def probes_of(state: AppState, color: Color) -> Sequence[HttpProbe]:
    """What an environment can be asked: the checks, guards and readiness of its file that are plain requests."""
    spec = state.spec_of(color)
    if spec is None:
        return ()
    paths: dict[str, HttpProbe] = {}
    for check in spec.verify:
        if isinstance(check, HttpCheck) and check.method == "GET":
            paths.setdefault(check.path, HttpProbe(check.path, check.status, within=PROBE_WITHIN))
    for guard in spec.watch.guards if spec.watch else ():
        if isinstance(guard, HttpProbe):
            paths.setdefault(guard.path, replace(guard, within=PROBE_WITHIN))
    for component in spec.per_environment:
        if component.receives and component.ready.http:
            # As readiness has it (`bluegreen.runtimes.readiness`): what counted as ready then does not fail now.
            probe = HttpProbe(component.ready.http, 200, status_to=399, within=PROBE_WITHIN)
            paths.setdefault(component.ready.http, probe)
    return tuple(paths.values())


def judge_probes(probes: Sequence[HttpProbe], answers: Sequence[Sequence[Reading]]) -> Probed:
    """What the tries of each probe come to together. Without any answer nothing can be told."""
    bad = [
        f"{probe.name}: {tries[0].why}"
        for probe, tries in zip(probes, answers, strict=True)
        if all(reading.verdict is Verdict.BLOCK for reading in tries)
    ]
    every = [reading for tries in answers for reading in tries]
    good = [reading for reading in every if reading.verdict is Verdict.ALLOW]
    evidence = {"probes": [probe.name for probe in probes], "failed": bad}
    if bad:
        return Probed(Verdict.BLOCK, f"the old environment fails as well: {bad[0]}", evidence)
    if good:
        reason = f"the old environment answered {len(good)} of {len(every)} probes as expected"
        return Probed(Verdict.ALLOW, reason, evidence)
    if every:
        return Probed(Verdict.CANNOT_TELL, f"the old environment could not be asked: {every[0].why}", evidence)
    return Probed(Verdict.CANNOT_TELL, "nothing in the file says how to ask the old environment", evidence)
