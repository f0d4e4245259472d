"""The shape of ``windows:`` in ``bluegreen.yaml``, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from bluegreen.config import windows as w
from bluegreen.config.breach import Breach
from bluegreen.config.problems import Wrong
from bluegreen.config.section import Section
from bluegreen.core.windows import Hours, Period, Windows


def _written(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("must be text", "write it in quotes")
    return value


def _hours(value: object) -> Hours:
    return w.hours(_written(value))


def _moment(value: object) -> datetime:
    return w.moment(_written(value))


HoursField = Annotated[Hours, BeforeValidator(_hours), WithJsonSchema({"type": "string", "pattern": w.HOURS})]
MomentField = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "pattern": w.MOMENT})]


class PeriodSection(Section):
    """A time in which nothing is deployed."""

    start: MomentField = Field(alias="from", description="When it begins.", examples=["2026-12-20"])
    until: MomentField = Field(description="When it is over.", examples=["2027-01-02"])
    why: str = Field(default="", max_length=500, description="Who is refused reads it.", examples=["holidays"])


class WindowsSection(Section):
    """When deployments may move users. A rollback may always."""

    time_zone: Annotated[str, AfterValidator(w.time_zone)] = Field(
        default=Windows.time_zone, description="The clock of all times here.", examples=["Europe/Berlin"]
    )
    allow: list[HoursField] = Field(
        default=[],
        description="Hours of the week in which they may; none: in all.",
        examples=[["Mon-Thu 09:00-16:00", "Fri 09:00-12:00"]],
    )
    freeze: list[PeriodSection] = Field(
        default=[],
        description="Periods in which they may not.",
        examples=[[{"from": "2026-12-20", "until": "2027-01-02", "why": "holidays"}]],
    )


def windows_spec(section: WindowsSection) -> Windows:
    periods = tuple(Period(period.start, period.until, period.why) for period in section.freeze)
    return Windows(section.time_zone, tuple(section.allow), periods)


def windows_breaches(section: WindowsSection) -> Iterator[Breach]:
    """Every rule between its values that it breaks."""
    for index, period in enumerate(section.freeze):
        if period.until <= period.start:
            yield Breach(("windows", "freeze", index), "it is over before it begins", "`until` must be after `from`")
