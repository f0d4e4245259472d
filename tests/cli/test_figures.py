"""Numbers read well, and never as more than they are."""

from __future__ import annotations

import time

import pytest

from bluegreen.cli.figures import distance, duration, moment, percent, quantity, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0041, "4.1 ms"), (0.5, "0.5 s"), (59.0, "59.0 s"), (720, "12 min"), (12000, "3 h 20 min"), (7200, "2 h")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (42.4, "42 s"), (59.7, "1 min"), (90, "1 min 30 s"), (300, "5 min"), (3900, "1 h 5 min")],
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_moment_has_a_date_unless_today() -> None:
    assert len(moment(time.time())) == len("10:00:00")
    assert moment(86_400.0 * 365).startswith("197")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0012, "0.12 %"),
        (0.0000012, "0.00012 %"),
        (0.02, "2.0 %"),
        (0.0996, "10 %"),
        (0.12, "12 %"),
        (1.0, "100 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "share", "1.2 %"),
        (0.0041, "seconds", "4.1 ms"),
        (0.412, "seconds", "412 ms"),
        (1.25, "seconds", "1.2 s"),
        (95.0, "seconds", "1 min 35 s"),
        (12.3456, "", "12.3"),
        (12345.6, "", "12,346"),
        (None, "share", "unknown"),
    ],
)
def test_quantity(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (0.0, "░░░░░░░░░░ 0 of 200"),
        (0.8, "░░░░░░░░░░ 0.8 of 200"),
        (14.2, "█████░░░░░ 14 of 200"),
        (199.0, "█████████░ 199 of 200"),
        (200.0, "██████████ 200 of 200"),
        (1e300, "██████████ over 1,000,000 of 200"),
        (0.0001, "░░░░░░░░░░ under 0.01 of 200"),
    ],
)
def test_the_bar_is_full_at_the_alarm_and_not_before(evidence: float, text: str) -> None:
    assert distance(evidence, 200.0) == text
