"""How long an issuer's public keys are believed, and when they are fetched again."""

from __future__ import annotations

from dataclasses import dataclass

FRESH = 3600.0
"""Seconds after which keys are fetched again: one that the issuer withdrew is believed no longer."""
BELIEVED = 24 * 3600.0
"""Seconds for which they are believed while the issuer cannot be reached."""
AGAIN = 60.0
"""Seconds between two attempts: who sends tokens cannot make us ask more often."""


@dataclass(frozen=True)
class Fetches:
    """When keys were fetched, and when that was last tried; None: never. Seconds of a clock that never jumps."""

    done: float | None = None
    tried: float | None = None


def wants_keys(fetches: Fetches, known: bool, now: float) -> bool:
    """Whether to ask the issuer; ``known``: the key that is looked for is among those that are there."""
    if fetches.tried is not None and now < fetches.tried + AGAIN:
        return False
    return fetches.done is None or not known or now >= fetches.done + FRESH


def believes(fetches: Fetches, now: float) -> bool:
    """Whether the keys that are there may still be used."""
    return fetches.done is not None and now < fetches.done + BELIEVED
