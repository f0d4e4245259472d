"""When deployments may move users: allowed hours and freeze periods, in the local time of the file's time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60
"""Minutes."""
_LOOKS = 1000
"""How many ends and beginnings are looked at for the next opening; what is closed for longer has none that is known."""

LocalTime = Callable[[str], datetime]
"""The time of now on a clock of a time zone, such as that of ``Europe/Berlin``, as a datetime without one."""


@dataclass(frozen=True)
class Hours:
    """A stretch of certain days of the week; one whose end is not after its start ends on the next day."""

    days: tuple[int, ...]
    """0 is Monday."""
    start: int
    """Minutes after midnight."""
    end: int

    def has(self, at: datetime) -> bool:
        minute, day = at.hour * 60 + at.minute, at.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)

    def __str__(self) -> str:
        return f"{_days(self.days)} {_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True)
class Period:
    """A time in which nothing is deployed."""

    start: datetime
    until: datetime
    why: str = ""

    def has(self, at: datetime) -> bool:
        return self.start <= at < self.until


@dataclass(frozen=True)
class Windows:
    """What a file says: without ``allow``, every hour outside of a freeze is allowed."""

    time_zone: str = "UTC"
    allow: tuple[Hours, ...] = ()
    freeze: tuple[Period, ...] = ()


EVERY_HOUR = Windows()


@dataclass(frozen=True)
class Standing:
    """Whether deployments may move users now; else why not, and when they may again, where that is known."""

    open: bool
    why: str = ""
    opens: str = ""


OPEN = Standing(True)


def standing(windows: Windows, local: LocalTime) -> Standing:
    """What a file's windows say of now."""
    now = local(windows.time_zone)
    closed = _closed(windows, now)
    if closed is None:
        return OPEN
    opens = next_opening(windows, now)
    when = f"{DAYS[opens.weekday()]} {opens:%Y-%m-%d %H:%M} {windows.time_zone}" if opens else ""
    return Standing(False, closed, when)


def next_opening(windows: Windows, after: datetime) -> datetime | None:
    """The first moment from ``after`` on at which deployments are allowed; None: none within reach."""
    at = after
    for _ in range(_LOOKS):
        if (period := _frozen(windows, at)) is not None:
            at = period.until
        elif _in_hours(windows, at):
            return at
        else:
            at = min(_starts(windows.allow, at))
    return None


def _closed(windows: Windows, at: datetime) -> str | None:
    if (period := _frozen(windows, at)) is not None:
        return f"deployments are frozen until {period.until:%Y-%m-%d %H:%M} {windows.time_zone}" + (
            f": {period.why}" if period.why else ""
        )
    if _in_hours(windows, at):
        return None
    allowed = ", ".join(map(str, windows.allow))
    return f"deployments are allowed {allowed} ({windows.time_zone})"


def _frozen(windows: Windows, at: datetime) -> Period | None:
    return next((period for period in windows.freeze if period.has(at)), None)


def _in_hours(windows: Windows, at: datetime) -> bool:
    return not windows.allow or any(hours.has(at) for hours in windows.allow)


def _starts(allow: Iterable[Hours], after: datetime) -> Iterator[datetime]:
    """The next beginning of each stretch, after a moment."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    for hours in allow:
        days = (midnight + timedelta(days=ahead) for ahead in range(8))
        starts = (day + timedelta(minutes=hours.start) for day in days if day.weekday() in hours.days)
        yield next(start for start in starts if start > after)


def _days(days: tuple[int, ...]) -> str:
    """Such as ``Mon-Thu`` or ``Mon, Wed``."""
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
