"""From the file's ``watch:`` to the values of `core.spec`."""

from __future__ import annotations

from bluegreen.config import models as m
from bluegreen.config import watch_models as w
from bluegreen.core import spec


def watch_spec(file: m.FileModel) -> spec.Watch | None:
    """What the file says about watching. A file that says nothing never waits for a person."""
    if "watch" not in file.model_fields_set:
        return spec.Watch(cannot_tell="finish")
    section = file.watch
    if section is None:
        return None
    return spec.Watch(
        duration=section.duration,
        guards=tuple(guard_spec(guard) for guard in section.guards),
        holdback=section.holdback or 0,
        false_alarm=section.false_alarm,
        cannot_tell=section.cannot_tell,
        shared_cause=section.shared_cause,
    )


def guard_spec(section: w.GuardSection) -> spec.Guard:
    """The one guard that a consistent section describes."""
    if section.error_rate is not None:
        return spec.ErrorRate(section.error_rate.worse_than)
    if section.latency is not None:
        return _latency(section.latency)
    if section.http is not None:
        return spec.HttpProbe(**section.http.model_dump())
    if section.command is not None:
        return spec.CommandGuard(**section.command.model_dump())
    if section.prometheus is not None:
        return spec.Prometheus(**section.prometheus.model_dump())
    if section.json_ is not None:
        return spec.JsonValue(**section.json_.model_dump())
    assert section.events is not None  # `watch_rules` let it pass
    return spec.EventRatio(section.events.name, section.events.per, section.events.worse_than)


def _latency(section: w.LatencySection) -> spec.Latency:
    asked = ((0.5, section.p50), (0.95, section.p95), (0.99, section.p99))
    limits = tuple((quantile, factor) for quantile, factor in asked if factor is not None)
    return spec.Latency(limits) if limits else spec.Latency()
