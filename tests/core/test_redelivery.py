"""When a message is tried again, and how often crashes are told."""

from __future__ import annotations

import pytest

from bluegreen.core.crashes import QUIET, Crashes
from bluegreen.core.redelivery import JITTER, LONGEST, PAUSES, pause_after
from tests.core.telling import AT


def test_crashes_are_told_now_and_then() -> None:
    crashes, counts = Crashes(), []
    for second in range(0, 1300, 10):
        crashes, count = crashes.take("green", "web", AT + second)
        if count is not None:
            counts.append((second, count))
    assert counts == [(0, 1), (QUIET, 60), (2 * QUIET, 60)]
    _, other = crashes.take("blue", "web", AT + 1300)
    assert other == 1


@pytest.mark.parametrize(
    ("attempts", "jitter", "retry_after", "pause"),
    [
        (1, 0.0, None, PAUSES[0]),
        (1, 1.0, None, PAUSES[0] * (1 + JITTER)),
        (2, 0.0, None, PAUSES[1]),
        (1, 0.0, 120.0, 120.0),
        (3, 0.0, 120.0, PAUSES[2]),
        (1, 0.0, 1e9, LONGEST),
        (len(PAUSES), 0.0, None, PAUSES[-1]),
        (len(PAUSES) + 1, 0.0, 120.0, None),
    ],
)
def test_when_it_is_tried_again(attempts: int, jitter: float, retry_after: float | None, pause: float | None) -> None:
    assert pause_after(attempts, jitter, retry_after) == pause
