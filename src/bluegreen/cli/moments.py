"""Moments as people type them: ``18:00``, ``2026-12-24``, ``2026-12-24 18:00``, ``2h`` from now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bluegreen.core.errors import InvalidInput

_SPAN = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?[smhd])+")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def moment_of(text: str, now: datetime) -> datetime:
    """The moment that is meant, on this machine's clock unless it names an offset; ``now`` is aware of its zone.

    A time of day alone is the next one. Raises InvalidInput.
    """
    text = text.strip()
    if _SPAN.fullmatch(text):
        parts = re.findall(r"([0-9.]+)([smhd])", text)
        return now + timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    if re.fullmatch(r"[0-2][0-9]:[0-5][0-9]", text):
        return _next_time_of_day(text, now)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"`{text}` is not a time.",
            why=str(error),
            cure="Write `18:00`, `2026-12-24`, `2026-12-24 18:00` or, counted from now, `2h`.",
        ) from error
    return found if found.tzinfo else found.astimezone()  # the local zone as it is then, with or without summer time


def _next_time_of_day(text: str, now: datetime) -> datetime:
    try:
        today = datetime.combine(now.date(), datetime.strptime(text, "%H:%M").time(), now.tzinfo)
    except ValueError as error:
        raise InvalidInput(f"`{text}` is not a time of day.", cure="Write it from `00:00` to `23:59`.") from error
    return today if today > now else today + timedelta(days=1)
