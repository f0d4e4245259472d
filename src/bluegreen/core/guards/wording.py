"""Figures as people read them."""

from __future__ import annotations


def share(value: float) -> str:
    """Such as ``2.3 %``, ``0.20 %`` or ``60 %``."""
    percent = value * 100
    if percent >= 9.95:
        return f"{percent:.0f} %"
    if percent >= 0.995:
        return f"{percent:.1f} %"
    if percent == 0 or percent >= 0.00995:
        return f"{percent:.2f} %" if percent else "0 %"
    return f"{percent:.2g} %"


def seconds(value: float) -> str:
    """Such as ``140 ms`` or ``2.5 s``."""
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def count(number: int, what: str) -> str:
    """Such as ``1 request`` or ``14,200 requests``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
