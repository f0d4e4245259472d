"""From the sections ``golden:``, ``latency:`` and ``evaluators:`` to the values of `core.spec`."""

from __future__ import annotations

from typing import Any

from bluegreen.config import evaluator_models as e
from bluegreen.config import golden_models as g
from bluegreen.config import models as m
from bluegreen.config.section import Section
from bluegreen.core import spec
from bluegreen.core.measures import Measure

_NO_MEASURES = ("status", "score", "pass")


def measures(file: m.FileModel) -> tuple[Measure, ...]:
    """What a consistent file calls by a name, for checks and guards that score answers."""
    return tuple(_measure(name, section) for name, section in file.evaluators.items())


def _measure(name: str, section: e.EvaluatorSection) -> Measure:
    if section.function is not None:
        return Measure(name, section.function.name, section.function.options)
    kind = next(kind for kind in e.EvaluatorSection.model_fields if getattr(section, kind) is not None)
    return Measure(name, kind, _written(getattr(section, kind)))


def _written(section: Section) -> dict[str, Any]:
    """The keys that say something, by their names in the file; null inside of JSON stays."""
    found = {field.alias or name: getattr(section, name) for name, field in type(section).model_fields.items()}
    return {key: value for key, value in found.items() if value is not None}


def golden_spec(section: g.GoldenSection, file: m.FileModel) -> spec.Golden:
    """The golden set that a consistent section describes."""
    expect = section.expect
    return spec.Golden(
        file=section.file,
        to=section.to,
        request=dict(section.request),
        headers=dict(section.headers),
        status=expect.status,
        expect={key: value for key, value in _written(expect).items() if key not in _NO_MEASURES},
        score=expect.score,
        passing=expect.pass_,
        measures=measures(file),
        advice=tuple(section.advice),
        within=section.within,
        all_within=section.all_within,
        at_once=section.at_once,
        against_live=section.against_live,
        false_alarm=section.false_alarm,
    )


def latency_spec(section: g.StreamLatencySection, file: m.FileModel) -> spec.StreamLatency:
    """The check of streams that a consistent section describes; its requests may be those of the golden set."""
    source: g.GoldenSection | g.StreamLatencySection = section
    if section.file is None:
        source = next(check.golden for check in file.verify if check.golden is not None)
    assert source.file is not None  # `golden_rules` let it pass
    return spec.StreamLatency(
        file=source.file,
        to=section.to or source.to,
        request=dict(source.request) | section.request,
        headers=dict(source.headers) | section.headers,
        ttft_p50=section.ttft_p50,
        ttft_p95=section.ttft_p95,
        gap_p95=section.gap_p95,
        tokens_per_second=section.tokens_per_second,
        broken=section.broken,
        requests=section.requests,
        at_once=section.at_once,
        within=section.within,
    )
