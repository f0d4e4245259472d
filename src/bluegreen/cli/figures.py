"""Numbers and times as people read them. What is not known says so."""

from __future__ import annotations

import math
import time

UNKNOWN = "unknown"
_CELLS = 10
_COUNTLESS = 1e6


def duration(seconds: float) -> str:
    """Such as ``4.1 ms``, ``2.5 s``, ``12 min`` or ``3 h 20 min``."""
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def span(seconds: float) -> str:
    """To the second, for time that is counted down: ``42 s``, ``5 min``, ``1 min 30 s``, ``1 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest if not hours else 0, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def moment(at: float) -> str:
    """A time of day, with the date when that is not today; in the reader's time zone."""
    local = time.localtime(at)
    today = local[:3] == time.localtime()[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", local)


def size_of(count: int) -> str:
    """Bytes, such as ``812 B``, ``12.4 MB`` or ``1.0 GB`` (of 10^9)."""
    if count < 1000:
        return f"{count} B"
    power = 1 + sum(count >= 999.95 * 1000**n for n in (1, 2, 3))
    return f"{count / 1000**power:.1f} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


def percent(share: float) -> str:
    """A share (0 to 1) in per cent with two significant digits: ``0.084 %``, ``2.0 %``, ``12 %``."""
    if not share:
        return "0 %"
    exponent = int(f"{share * 100:.1e}".partition("e")[2])
    return f"{share * 100:.{max(0, 1 - exponent)}f} %"


def quantity(value: float | None, unit: str) -> str:
    """A figure of a guard; its ``unit`` is ``share``, ``seconds``, or empty for a plain number."""
    if value is None:
        return UNKNOWN
    if unit == "share":
        return percent(value)
    if unit == "seconds":
        return _seconds(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _seconds(value: float) -> str:
    if value >= 10:
        return span(value)
    if value >= 1:
        return f"{value:.1f} s"
    return f"{value * 1000:.0f} ms" if value >= 0.01 else f"{value * 1000:.1f} ms"


def distance(evidence: float, alarm_at: float) -> str:
    """How far evidence (an e-value) is from the alarm: a bar on a logarithmic scale, empty at 1, and both numbers."""
    reached = math.log(max(evidence, 1.0)) / math.log(alarm_at) if alarm_at > 1 else 1.0
    filled = min(_CELLS, math.floor(_CELLS * reached))
    return f"{'█' * filled}{'░' * (_CELLS - filled)} {_e_value(evidence)} of {_e_value(alarm_at)}"


def _e_value(value: float) -> str:
    if value > _COUNTLESS:
        return f"over {_COUNTLESS:,.0f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value >= 0.01 or not value else "under 0.01"
