"""What an attempt to deliver a message leads to: the schedule of Standard Webhooks, denser where people wait for it."""

from __future__ import annotations

PAUSES = (5.0, 30.0, 300.0, 1800.0, 7200.0, 18000.0, 25200.0, 36000.0)
"""Seconds between an attempt that failed and the next one: given up after nine attempts and about a day."""
JITTER = 0.2
"""Share of a pause that may come on top, so that what failed together does not come back together."""
LONGEST = 36000.0
"""Seconds that a receiver may ask us to stay away."""


def pause_after(attempts: int, jitter: float, retry_after: float | None = None) -> float | None:
    """Seconds until the next attempt after so many that failed; None: it is given up.

    ``jitter`` is a random number from 0 to 1; ``retry_after`` what the receiver asked for, if it did.
    """
    if attempts > len(PAUSES):
        return None
    pause = PAUSES[max(attempts, 1) - 1]
    return max(pause, min(retry_after or 0.0, LONGEST)) * (1 + JITTER * jitter)
