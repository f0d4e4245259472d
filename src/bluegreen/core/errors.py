"""Errors, classified by what happens next: try again, give up, or refuse before anything starts."""

from __future__ import annotations


class BluegreenError(Exception):
    """A failure that a person reads: what happened, why, and what to do next."""

    def __init__(self, what: str, *, why: str = "", cure: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.cure = cure

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.cure) if part)


class TemporaryError(BluegreenError):
    """The same action may succeed later: the engine does it again after ``retry_after`` seconds."""

    def __init__(self, what: str, *, why: str = "", cure: str = "", retry_after: float = 0.5) -> None:
        super().__init__(what, why=why, cure=cure)
        self.retry_after = retry_after


class PermanentError(BluegreenError):
    """Doing the action again would fail in the same way: the deployment leaves its phase."""


class Refused(BluegreenError):
    """A command that may not be carried out now (locked, another deployment under way). Exit code 3."""


class NotFound(BluegreenError):
    """The application, release or deployment that was named does not exist."""


class InvalidInput(BluegreenError):
    """What the user wrote or sent is wrong; nothing was changed. Exit code 2."""
