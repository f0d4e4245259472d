"""What carries messages to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bluegreen.core.errors import PermanentError


@dataclass(frozen=True)
class Message:
    """One message as it is sent: at every attempt and every replay the same, but for the time."""

    id: str
    """The receiver's means against taking it twice."""
    sent_at: float
    """When this attempt is made, in seconds since 1970."""
    news: str
    """Its kind: one of `core.news.News`, or ``test``."""
    title: str
    text: str
    """Lines of plain text, a link at the end where there is one."""
    body: str
    """The same and its facts as a CloudEvent in JSON."""


class Gone(PermanentError):
    """The receiver says that nothing shall be sent there any more."""


class Channel(Protocol):
    """One place that messages go to. An attempt ends by itself, however the receiver behaves."""

    kind: str
    """The name of its entry point."""
    target: str
    """Where it leads, without anything that is secret."""

    async def open(self) -> None:
        """Get ready, so that the first message takes no longer than any other; nothing is reached.

        Raises PermanentError: no message could be sent.
        """
        ...

    async def send(self, message: Message) -> str:
        """Hand one message over; what the receiver answered, in few words and without secrets.

        Raises:
            TemporaryError: it may be taken later; ``retry_after`` where the receiver says when.
            PermanentError: it is never taken, nor would be any other.
            Gone: and the receiver asked not to be sent anything.
        """
        ...
