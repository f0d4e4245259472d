"""The receipt of a deployment as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bluegreen.cli.wording import duration

_UNKNOWN = "unknown"


def receipt_lines(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each figure with its name. Not known yet, or never: it says so."""
    later = _UNKNOWN if receipt["complete"] else "not known yet"
    lines = [
        ("requests", _by_color(receipt["requests"])),
        ("failed", _by_color(receipt["failed"])),
        ("switch", _switch(receipt)),
        ("drain", _seconds(receipt["drain_seconds"], later)),
        ("overlap", _seconds(receipt["overlap_seconds"], later)),
        ("streams cut", later if receipt["streams_cut"] is None else f"{receipt['streams_cut']:,}"),
    ]
    return lines if receipt["switch_seconds"] is not None else lines[:2]


def _by_color(counts: Mapping[str, int | None]) -> str:
    shown = [f"{color} {_UNKNOWN if count is None else format(count, ',')}" for color, count in counts.items()]
    return ", ".join(shown) or _UNKNOWN


def _switch(receipt: Mapping[str, Any]) -> str:
    if receipt["switch_seconds"] is None:
        return "none"
    took = f"{duration(receipt['switch_seconds'])} from the decision to the confirmed route"
    late = receipt["after_confirmed"]
    return took if late is None else f"{took}, then {late:,} requests to the old environment"


def _seconds(seconds: float | None, otherwise: str) -> str:
    return otherwise if seconds is None else duration(seconds)
