"""Whatever went wrong, as an error that says what happens next."""

from __future__ import annotations

import structlog

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.journal.base import JournalFull

log = structlog.get_logger()


def classified(raised: Exception) -> BluegreenError:
    """Any exception as one that says what happens next. What we did not foresee is logged in full."""
    if isinstance(raised, ExceptionGroup):
        inner = [classified(sub) for sub in raised.exceptions]
        return next((error for error in inner if isinstance(error, PermanentError)), inner[0])
    if isinstance(raised, JournalFull):
        return TemporaryError(raised.what, why=raised.why, cure=raised.cure, retry_after=1.0)
    if isinstance(raised, BluegreenError):
        return raised
    if isinstance(raised, OSError):
        return PermanentError(f"The machine refused: {raised}", cure="Mend that, then deploy again.")
    log.error("unforeseen", exc_info=raised)
    return PermanentError(
        f"An error in bluegreen itself: {type(raised).__name__}: {raised}",
        cure="The controller's log has the details; please report it.",
    )
