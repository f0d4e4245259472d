"""What messages can be about: the kinds that ``notify`` of bluegreen.yaml chooses from."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class News(StrEnum):
    """One kind of message. ``all`` stands for every kind, those of later versions included."""

    ALL = "all"
    STARTED = "started"
    APPROVAL = "approval"
    """A person is waited for before users are moved."""
    SWITCHED = "switched"
    """All users get the new release; it is not judged yet."""
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled back"
    """By the guards, or by a person."""
    HELD = "held"
    """A watch waits for a person."""
    FAILOVER = "failover"
    CRASHED = "crashed"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    DOWN = "down"
    TROUBLE = "trouble"
    """Something is not as it was asked for, and is tried again: a route that is not confirmed, a full disk."""


def is_asked_for(asked: tuple[News, ...], news: News) -> bool:
    """Whether somebody who asked for these kinds wants one of this kind."""
    return news in asked or News.ALL in asked


Urgency = Literal["info", "success", "warning", "failure"]
_URGENT: dict[News, Urgency] = {
    News.COMPLETED: "success",
    News.APPROVAL: "warning",
    News.ABORTED: "warning",
    News.HELD: "warning",
    News.CRASHED: "warning",
    News.DOWN: "warning",
    News.FAILED: "failure",
    News.ROLLED_BACK: "failure",
    News.FAILOVER: "failure",
    News.TROUBLE: "failure",
}


def urgency(news: str) -> Urgency:
    """How urgent it looks where a service has colours or sounds for that."""
    return _URGENT.get(News(news), "info") if news in set(News) else "info"
