"""The clock of a time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bluegreen.core.closing import Moment
from bluegreen.core.errors import PermanentError


def moment(now: float, override: str = "") -> Moment:
    """``now`` (seconds since 1970), with what clocks anywhere show then."""

    def local(zone: str) -> datetime:
        return local_time(now, zone)

    return Moment(now, local, override)


def local_time(now: float, zone: str) -> datetime:
    """What a clock of a time zone shows, without the zone. Raises PermanentError when the machine does not know it."""
    if zone == "UTC":
        return datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    try:
        return datetime.fromtimestamp(now, ZoneInfo(zone)).replace(tzinfo=None)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PermanentError(
            f"The time zone {zone} is not known on this machine, so that its hours cannot be told.",
            why=str(error),
            cure="Install the package tzdata, of the system or of Python.",
        ) from error
