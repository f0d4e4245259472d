"""One step of the tour, once it is over."""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.client import Json


@dataclass(frozen=True)
class Step:
    """One deployment of the tour: what it was in a few words, and how the API describes it."""

    what: str
    deployment: Json
