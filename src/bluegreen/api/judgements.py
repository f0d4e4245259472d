"""What a watch came to, and the evidence that it came to it by, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from bluegreen.core.events import BaselineTaken, Entry, Judged, Watched
from bluegreen.core.evidence import Baseline, Tick
from bluegreen.core.guards.base import GuardFinding

_TICK: TypeAdapter[Tick] = TypeAdapter(Tick)
_BASELINE: TypeAdapter[Baseline] = TypeAdapter(Baseline)


def judgements_json(entries: Sequence[Entry]) -> dict[str, Any]:
    """Every verdict of a deployment, and what it was compared with."""
    baselines = [entry.event.baseline for entry in entries if isinstance(entry.event, BaselineTaken)]
    return {
        "baseline": _BASELINE.dump_python(baselines[-1], mode="json") if baselines else None,
        "judgements": [_judgement(entry, entry.event) for entry in entries if isinstance(entry.event, Judged)],
    }


def evidence_json(entries: Sequence[Entry]) -> dict[str, Any]:
    """Every tick of a deployment, oldest first."""
    batches = [entry.event for entry in entries if isinstance(entry.event, Watched)]
    ticks = [{"step": batch.step, **_TICK.dump_python(tick, mode="json")} for batch in batches for tick in batch.ticks]
    return {"ticks": ticks}


def findings_json(findings: Sequence[GuardFinding]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def _judgement(entry: Entry, event: Judged) -> dict[str, Any]:
    return {
        "step": event.step,
        "share": event.share,
        "verdict": event.verdict,
        "reason": entry.reason,
        "at": entry.at,
        "elapsed": event.elapsed,
        "missed": event.missed,
        "guards": findings_json(event.findings),
    }
