"""Hours and periods as people write them: ``Mon-Thu 09:00-16:00``, ``2026-12-20``, ``2026-12-20 18:00``."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bluegreen.config.problems import Wrong
from bluegreen.core.windows import DAY, DAYS, Hours

HOURS = r"^([A-Z][a-z]{2}([-,] ?[A-Z][a-z]{2})* )?[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?$"
_HINT = "such as `Mon-Fri 09:00-17:00`, or `22:00-04:00` for every night"


def hours(value: str) -> Hours:
    """A stretch of days of the week. Raises Wrong."""
    if not re.fullmatch(HOURS.strip("^$"), value, re.ASCII):
        raise Wrong(f"`{value[:60]}` is not a time of the week", _HINT)
    days, _, clock = value.rpartition(" ")
    start, end = (_minutes(part) for part in clock.split("-"))
    if start == end:
        raise Wrong(f"`{value}` has no length", "leave `allow` out to allow every hour")
    if start == DAY:
        raise Wrong("`24:00` is the end of a day", "a day begins with `00:00`")
    return Hours(_days(days) if days else tuple(range(7)), start, end)


def moment(value: str) -> datetime:
    """A day (its beginning) or a minute. Raises Wrong."""
    try:
        if re.fullmatch(MOMENT.strip("^$"), value, re.ASCII):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise Wrong(f"`{value[:40]}` is not a day or a time of one", "such as `2026-12-20` or `2026-12-20 18:00`")


def time_zone(value: str) -> str:
    """The name of a time zone that this machine knows. Raises Wrong."""
    try:
        if value != "UTC":
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "such as `Europe/Berlin` or `UTC`; if that is one, install the package tzdata"
        raise Wrong(f"`{value[:60]}` is not a time zone that this machine knows", hint) from None
    return value


def _minutes(clock: str) -> int:
    hour, minute = (int(part) for part in clock.split(":"))
    if minute > 59 or hour * 60 + minute > DAY:
        raise Wrong(f"`{clock}` is not a time of the day", "from `00:00` to `24:00`")
    return hour * 60 + minute


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        begin, end = _day(first), _day(last or first)
        found |= {(begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1)}
    return tuple(sorted(found))


def _day(name: str) -> int:
    if name not in DAYS:
        raise Wrong(f"`{name}` is not a day of the week", "one of " + ", ".join(f"`{day}`" for day in DAYS))
    return DAYS.index(name)
