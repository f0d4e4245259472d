"""The receipt of a deployment as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bluegreen.cli.figures import UNKNOWN, duration
from bluegreen.cli.judgements import verdict_line
from bluegreen.core.output import printable


def receipt_lines(deployment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each figure of an ended deployment with its name. Not known yet, or never: it says so."""
    return [*_models(deployment), *_flags(deployment), *_figures(deployment)]


def _models(deployment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Which revisions and files it changed."""
    changed = enumerate(deployment.get("models") or [])
    return [("models" if n == 0 else "", printable(change["in_words"])) for n, change in changed]


def _flags(deployment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Which flags it changed, and how sure it is that this was for the worse."""
    changed = [
        ("flags" if n == 0 else "", printable(said)) for n, said in enumerate(deployment["receipt"].get("flags", []))
    ]
    sure = (deployment.get("taken_back") or {}).get("sure")
    return [*changed, ("how sure", sure)] if changed and sure else changed


def _figures(deployment: Mapping[str, Any]) -> list[tuple[str, str]]:
    receipt = deployment["receipt"]
    counts = [("requests", _by_color(receipt["requests"])), ("failed", _by_color(receipt["failed"]))]
    if receipt["switch_seconds"] is None:  # users saw nothing
        return counts if any(count is not None for count in receipt["requests"].values()) else []
    explicit = receipt.get("explicit") or {}
    if any(explicit.values()):
        counts.append(("by name", f"{_by_color(explicit)} (requests that named a release themselves)"))
    verdict = verdict_line(deployment)
    lines = [*counts, ("switch", _switch(deployment)), *([("verdict", verdict)] if verdict else [])]
    if not deployment.get("previous"):  # the first release leaves no environment behind
        return lines
    later = UNKNOWN if receipt["complete"] else "not known before the old environment is stopped"
    cut = later if receipt["streams_cut"] is None else f"{receipt['streams_cut']:,}"
    drain = _seconds(receipt["drain_seconds"], UNKNOWN if receipt["complete"] else "goes on")
    return [*lines, ("drain", drain), ("overlap", _overlap(receipt, later)), ("streams cut", cut)]


def _overlap(receipt: Mapping[str, Any], later: str) -> str:
    parts = [_seconds(receipt["overlap_seconds"], later)]
    if receipt.get("overlap_cost") is not None:
        parts.append(f"cost {receipt['overlap_cost']:,.2f}")
    if receipt.get("sharing_saved"):
        parts.append(f"sharing saved {receipt['sharing_saved']:,.2f}")
    return ", ".join(parts)


def _by_color(counts: Mapping[str, int | None]) -> str:
    shown = [f"{color} {UNKNOWN if count is None else format(count, ',')}" for color, count in counts.items()]
    return ", ".join(shown) or UNKNOWN


def _switch(deployment: Mapping[str, Any]) -> str:
    """The last one: of a release that was rolled back, the way back."""
    receipt, back = deployment["receipt"], deployment["result"] == "rolled back"
    took = f"{duration(receipt['switch_seconds'])} from the decision to the confirmed route{' back' if back else ''}"
    late, left = receipt["after_confirmed"], deployment["release"] if back else "the old environment"
    return took if late is None else f"{took}, then {late:,} requests to {left}"


def _seconds(seconds: float | None, otherwise: str) -> str:
    return otherwise if seconds is None else duration(seconds)
