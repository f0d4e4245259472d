"""What a client raises beside the core's errors."""

from __future__ import annotations

from bluegreen.core.errors import Refused, TemporaryError


class NoController(TemporaryError):
    """Nothing answers at the address: no request was sent."""


class AnswerLost(TemporaryError):
    """The controller went away, or fell silent, before it had answered: what it has done is not known."""


class NotAllowed(Refused):
    """The controller does not know who calls, or the caller lacks the right."""
