"""One message on its way to one channel, and what an attempt makes of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from bluegreen.core.errors import BluegreenError, TemporaryError
from bluegreen.core.redelivery import pause_after
from bluegreen.notify.base import Message

ATTEMPTS_KEPT = 20
_LONGEST_ANSWER = 300


class State(StrEnum):
    WAITING = "waiting"
    """For its first attempt, or its next one."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """To try again would not help."""
    GIVEN_UP = "given up"
    """It was tried for as long as anybody would want to read it."""


@dataclass(frozen=True)
class Attempt:
    at: float
    delivered: bool
    answer: str


@dataclass(frozen=True)
class Delivery:
    """What is sent never changes; how far it has come does."""

    id: str
    channel: str
    app: str
    news: str
    seq: int | None
    """The entry of the journal that it tells of."""
    at: float
    """When it was put in, in seconds since 1970."""
    title: str
    text: str
    body: str
    due: float
    """When the next attempt is to be made, while it waits."""
    state: State = State.WAITING
    tries: int = 0
    """Attempts that failed since it was put in, or replayed."""
    attempts: tuple[Attempt, ...] = ()
    """The newest ones, oldest first."""

    @property
    def changed(self) -> float:
        return self.attempts[-1].at if self.attempts else self.at

    def message(self, now: float) -> Message:
        return Message(self.id, now, self.news, self.title, self.text, self.body)

    def delivered(self, at: float, answer: str) -> Delivery:
        return replace(self, state=State.DELIVERED, attempts=self._with(Attempt(at, True, answer)))

    def refused(self, at: float, error: BluegreenError, jitter: float) -> Delivery:
        """After an attempt that failed: due again, given up, or failed for good. ``jitter`` is from 0 to 1."""
        attempts = self._with(Attempt(at, False, error.what[:_LONGEST_ANSWER]))
        if not isinstance(error, TemporaryError):
            return replace(self, state=State.FAILED, attempts=attempts)
        pause = pause_after(self.tries + 1, jitter, error.retry_after)
        if pause is None:
            return replace(self, state=State.GIVEN_UP, attempts=attempts)
        return replace(self, tries=self.tries + 1, due=at + pause, attempts=attempts)

    def replayed(self, at: float) -> Delivery:
        """To be sent once more, from the beginning of the schedule."""
        return replace(self, state=State.WAITING, tries=0, due=at)

    def for_good(self) -> Delivery:
        """As it is now, not to be tried again."""
        return replace(self, state=State.FAILED) if self.state is State.WAITING else self

    def _with(self, attempt: Attempt) -> tuple[Attempt, ...]:
        return (*self.attempts, attempt)[-ATTEMPTS_KEPT:]


def delivery_id(controller: str, app: str, key: str, channel: str) -> str:
    """The same for the same news on the same channel, whenever it is put in: what was sent already is known by it."""
    whole = "\n".join((controller, app, key, channel)).encode()
    return f"msg_{hashlib.sha256(whole).hexdigest()[:32]}"
