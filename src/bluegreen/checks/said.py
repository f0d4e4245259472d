"""What sources say of readings, fit to be shown."""

from __future__ import annotations

from bluegreen.checks.sources import Watched
from bluegreen.core.evidence import Reading
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.core.verdict import Verdict

_SHOWN = 300


def fit(text: str, watched: Watched) -> str:
    """A text without secrets and control characters, and not too long."""
    return beginning(printable(Mask(watched.secrets).text(text)), _SHOWN)


def missing(why: str, watched: Watched) -> Reading:
    """Nothing could be read, and why."""
    return Reading(why=fit(why, watched))


def said(verdict: Verdict, why: str, watched: Watched) -> Reading:
    """A verdict of the source's own."""
    return Reading(verdict=verdict, why=fit(why, watched))
