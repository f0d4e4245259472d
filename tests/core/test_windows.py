"""When deployments may move users."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.windows import DAY, Hours, Period, Windows, next_opening, standing

WORKING = Hours((0, 1, 2, 3, 4), 9 * 60, 17 * 60)
NIGHTS = Hours((4,), 22 * 60, 2 * 60)
HOLIDAYS = Period(datetime(2026, 12, 20), datetime(2027, 1, 2), "holidays")
FRIDAY = datetime(2026, 11, 27)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("windows", "now", "open_"),
    [
        (Windows(), "2026-11-27 03:00", True),
        (Windows(allow=(WORKING,)), "2026-11-27 08:59", False),
        (Windows(allow=(WORKING,)), "2026-11-27 09:00", True),
        (Windows(allow=(WORKING,)), "2026-11-27 16:59:59", True),
        (Windows(allow=(WORKING,)), "2026-11-27 17:00", False),
        (Windows(allow=(WORKING,)), "2026-11-28 12:00", False),
        (Windows(allow=(NIGHTS,)), "2026-11-27 23:00", True),
        (Windows(allow=(NIGHTS,)), "2026-11-28 01:59", True),
        (Windows(allow=(NIGHTS,)), "2026-11-28 02:00", False),
        (Windows(allow=(NIGHTS,)), "2026-11-28 23:00", False),
        (Windows(freeze=(HOLIDAYS,)), "2026-12-19 23:59", True),
        (Windows(freeze=(HOLIDAYS,)), "2026-12-20 00:00", False),
        (Windows(freeze=(HOLIDAYS,)), "2027-01-02 00:00", True),
        (Windows(allow=(WORKING,), freeze=(HOLIDAYS,)), "2026-12-21 12:00", False),
    ],
)
def test_open_or_not(windows: Windows, now: str, open_: bool) -> None:
    assert standing(windows, lambda zone: at(now)).open is open_


def test_what_who_is_refused_reads() -> None:
    found = standing(Windows("Europe/Berlin", (WORKING,)), lambda zone: at("2026-11-27 17:30"))
    assert found.why == "deployments are allowed Mon-Fri 09:00-17:00 (Europe/Berlin)"
    assert found.opens == "Mon 2026-11-30 09:00 Europe/Berlin"
    found = standing(Windows(freeze=(HOLIDAYS,), allow=(WORKING,)), lambda zone: at("2026-12-24 12:00"))
    assert found.why == "deployments are frozen until 2027-01-02 00:00 UTC: holidays"
    assert found.opens == "Mon 2027-01-04 09:00 UTC", "the freeze ends on a Saturday"


def test_the_clock_is_that_of_the_file() -> None:
    asked: list[str] = []
    standing(Windows("Asia/Tokyo"), lambda zone: (asked.append(zone), FRIDAY)[1])
    assert asked == ["Asia/Tokyo"]


def test_freezes_that_follow_one_another_are_one() -> None:
    windows = Windows(freeze=(HOLIDAYS, Period(HOLIDAYS.until, datetime(2027, 2, 1), "stocktaking")))
    assert next_opening(windows, at("2026-12-24")) == datetime(2027, 2, 1)


minutes = st.integers(0, DAY - 1)
hours = st.builds(
    Hours, st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))), minutes, st.integers(1, DAY)
).filter(lambda h: h.start != h.end)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda t: t.replace(second=0, microsecond=0))
periods = st.builds(lambda start, days: Period(start, start + timedelta(days=days)), moments, st.integers(1, 30))


@given(
    st.builds(Windows, allow=st.lists(hours, max_size=3).map(tuple), freeze=st.lists(periods, max_size=3).map(tuple)),
    moments,
)
def test_the_next_opening_is_open_and_the_first_one(windows: Windows, now: datetime) -> None:
    opens = next_opening(windows, now)
    assert opens is not None
    assert opens >= now
    assert standing(windows, lambda zone: opens).open
    before = [now + timedelta(minutes=7 * step) for step in range(2000)]
    assert not any(standing(windows, lambda zone, t=t: t).open for t in before if t < opens)  # type: ignore[misc]
