"""From the file's ``watch:`` to the values of `core.spec`."""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.config import models as m
from bluegreen.config import watch_models as w
from bluegreen.config.router_models import router_spec
from bluegreen.core import spec
from bluegreen.core.router_needs import unable_to_judge
from bluegreen.core.router_specs import abilities_of


def watch_spec(file: m.FileModel) -> spec.Watch | None:
    """What the file says about watching. A file that says nothing never waits for a person."""
    section = file.watch
    if section is None:
        return None
    guards = tuple(spec for guard in section.guards for spec in guard_specs(guard))
    if "guards" not in section.model_fields_set:
        # Nobody asked for just these: what the router cannot tell is left out.
        able = abilities_of(router_spec(file.router))
        guards = tuple(guard for guard in guards if not unable_to_judge(guard, able))
    if "watch" not in file.model_fields_set:
        return spec.Watch(guards=guards, cannot_tell="finish") if guards else None
    return spec.Watch(
        duration=section.duration,
        guards=guards,
        holdback=section.holdback or 0,
        false_alarm=section.false_alarm,
        cannot_tell=section.cannot_tell,
        shared_cause=section.shared_cause,
        samples=_samples(section.samples),
    )


def guard_specs(section: w.GuardSection) -> Sequence[spec.Guard]:
    """The guards that a consistent section describes: one, or one for each figure of streams."""
    if section.streaming is not None:
        return _streaming(section.streaming)
    return [_guard_spec(section)]


def _guard_spec(section: w.GuardSection) -> spec.Guard:
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
    if section.outputs is not None:
        return _outputs(section.outputs)
    assert section.events is not None  # `watch_rules` let it pass
    return spec.EventRatio(section.events.name, section.events.per, section.events.worse_than)


def _outputs(section: w.OutputsSection) -> spec.Outputs:
    rule = section.rules[0]
    if rule == "length":
        return spec.Outputs("length", worse_than=section.length)
    value = "" if rule == "refusal" else str(section.value(rule))
    if section.at_most is not None:
        return spec.Outputs(rule, value, worse_than=None, at_most=section.at_most)
    return spec.Outputs(rule, value, section.worse_than or spec.Outputs.worse_than)


def _streaming(section: w.StreamingSection) -> Sequence[spec.Streaming]:
    asked = (
        spec.Streaming("ttft_p95", section.ttft_p95 or 0.0),
        spec.Streaming("gap_p95", section.gap_p95 or 0.0),
        spec.Streaming("tokens_per_second", section.tokens_per_second or 0.0),
        spec.Streaming("broken", section.broken or 0.0),
    )
    return [one for one in asked if one.worse_than]


def _samples(section: w.SamplesSection) -> spec.Samples:
    return spec.Samples(section.of * 100, tuple(section.paths), tuple(section.redact), section.keep)


def _latency(section: w.LatencySection) -> spec.Latency:
    asked = ((0.5, section.p50), (0.95, section.p95), (0.99, section.p99))
    limits = tuple((quantile, factor) for quantile, factor in asked if factor is not None)
    return spec.Latency(limits) if limits else spec.Latency()
