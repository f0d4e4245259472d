"""Exit codes of the command line (docs/reference/cli.md), and which error has which."""

from __future__ import annotations

from enum import IntEnum

from bluegreen.core.errors import InvalidInput, NotFound, Refused, TemporaryError


class Exit(IntEnum):
    DONE = 0
    """The release is live, or the command did what it says."""
    FAILED = 1
    """It failed, and users saw nothing."""
    USAGE = 2
    """Wrong usage or file; nothing was changed."""
    REFUSED = 3
    """Locked, or another deployment is under way; nothing was changed."""
    ROLLED_BACK = 4
    """Users saw the release, and are back on the one before it."""
    UNKNOWN = 5
    """The controller went away, or nobody waited for the end: `bluegreen status` tells."""
    INTERRUPTED = 130
    """Ctrl-C before anything was sent."""


_RESULTS = {
    "completed": Exit.DONE,
    "failed": Exit.FAILED,
    "aborted": Exit.FAILED,
    "rolled back": Exit.ROLLED_BACK,
}


def exit_of_result(result: str | None) -> Exit:
    """The exit code for how a deployment ended."""
    return _RESULTS.get(result or "", Exit.UNKNOWN)


def exit_of_error(error: Exception) -> Exit:
    match error:
        case InvalidInput() | NotFound():
            return Exit.USAGE
        case Refused():
            return Exit.REFUSED
        case TemporaryError():
            return Exit.UNKNOWN
        case _:
            return Exit.FAILED
