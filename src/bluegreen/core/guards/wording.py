"""Figures as people read them."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """How a guard that judges a share of bad ones says what it judges."""

    one: str = "request"
    bad: str = "failed"
    figure: str = "errors"
    none: str = "no request was answered"
    always: str = "a release that fails always"
    surely: float = 0.1
    """A guard that would have missed as many bad ones as this share (or twice the limit) has not seen enough."""
    halfway: bool = False
    """Where twice the limit would be nearly all, halfway from the limit to all is enough."""

    def must_find(self, limit: float) -> float:
        """The share of bad ones that must have been found by now for the release to count as healthy."""
        twice = max(self.surely, 2 * limit)
        return min(twice, (1.0 + limit) / 2) if self.halfway and limit < 1.0 else twice


ERRORS = Words()


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
