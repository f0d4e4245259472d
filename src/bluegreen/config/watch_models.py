"""The shape of ``watch:`` in ``bluegreen.yaml``. Defaults are those of `core.spec`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bluegreen.config import fields as f
from bluegreen.config import watch_fields as w
from bluegreen.config.section import Section
from bluegreen.core import spec
from bluegreen.core.answer_specs import OutputRule


class ErrorRateSection(Section):
    """5xx answers, resets and time-outs among users' requests, against the release before."""

    worse_than: w.Growth = Field(
        default=spec.ErrorRate.worse_than, description="How many times the rate before is tolerated.", examples=["2x"]
    )


class LatencySection(Section):
    """How long users' requests take, against the release before. None of its keys: p95 and p99 have their defaults."""

    p50: w.Growth | None = Field(
        default=None, description="How many times the median before is tolerated.", examples=["1.5x"]
    )
    p95: w.Growth | None = Field(
        default=None, description="How many times the time before that 95 % stayed below.", examples=["1.5x"]
    )
    p99: w.Growth | None = Field(
        default=None, description="How many times the time before that 99 % stayed below.", examples=["2x"]
    )


class HttpProbeSection(Section):
    """A request to each instance of the new environment, again and again."""

    path: f.RequestPath = Field(description="What is requested by GET, with a query if need be.", examples=["/healthz"])
    status: int = Field(default=spec.HttpProbe.status, ge=200, le=599, description="The answer's status.")
    every: w.Every = Field(default=spec.HttpProbe.every, description="How often.", examples=["1s"])
    within: f.TimeLimit = Field(
        default=spec.HttpProbe.within, description="How long one answer may take.", examples=["2s"]
    )


class CommandGuardSection(Section):
    """A command that exits 0 (allow), 1 (block) or 2 (cannot tell); everything else is cannot tell as well."""

    run: f.Command = Field(description="Run in the release's folder.", examples=["./smoke/after.sh"])
    every: w.Every = Field(default=spec.CommandGuard.every, description="How often.", examples=["10s"])
    within: f.TimeLimit = Field(
        default=spec.CommandGuard.within, description="It is ended when it takes longer.", examples=["1m"]
    )


class PrometheusSection(Section):
    """The value of a query: against what it was before, or between fixed bounds."""

    query: w.PromQL = Field(description="PromQL whose answer is one number.", examples=["sum(rate(orders_total[1m]))"])
    at: w.BaseUrl = Field(description="Where Prometheus answers.", examples=["http://127.0.0.1:9090"])
    worse_than: w.Change | None = Field(
        default=None,
        description="Below 1x: less than this many times the value before is worse; above 1x: more is.",
        examples=["0.9x"],
    )
    at_most: float | None = Field(default=None, description="More is worse.", examples=[100])
    at_least: float | None = Field(default=None, description="Less is worse.", examples=[5])
    every: w.Every = Field(default=spec.Prometheus.every, description="How often.", examples=["15s"])
    within: f.TimeLimit = Field(default=spec.Prometheus.within, description="How long it may take.", examples=["5s"])


class JsonSection(Section):
    """A number in a JSON document, between fixed bounds."""

    url: w.Url = Field(description="What is asked for the document.", examples=["http://127.0.0.1:9000/stats"])
    path: w.JsonPath = Field(description="JSONPath of exactly one number.", examples=["$.queue_depth"])
    at_most: float | None = Field(default=None, description="More is worse.", examples=[1000])
    at_least: float | None = Field(default=None, description="Less is worse.", examples=[1])
    every: w.Every = Field(default=spec.JsonValue.every, description="How often.", examples=["5s"])
    within: f.TimeLimit = Field(default=spec.JsonValue.within, description="How long it may take.", examples=["5s"])


class EventsSection(Section):
    """How many of one event there are for each event `per`, against the release before.

    It leads to a rollback only where both releases have users at once (a holdback, or between the steps of a shift);
    otherwise it alerts, since what users do changes with the time of day.
    """

    name: w.EventName = Field(description="The event that is counted.", examples=["purchase"])
    per: w.EventName = Field(description="The event that it is set against.", examples=["visit"])
    worse_than: w.Change = Field(
        default=spec.EventRatio.worse_than,
        description="Below 1x: fewer than this many times as many as before is worse; above 1x: more is.",
        examples=["0.95x"],
    )


class OutputsSection(Section):
    """A rule that sampled answers keep (exactly one of them), and how many that break it are tolerated."""

    parse: Literal["json"] | None = Field(default=None, description="Answers are JSON.")
    schema_: f.FileInside | None = Field(
        default=None,
        alias="schema",
        description="Answers are JSON that matches the JSON Schema in this file of the release.",
        examples=["answer.schema.json"],
    )
    refusal: Literal[True] | None = Field(default=None, description="Answers do not refuse.")
    matches: f.Regex | None = Field(default=None, description="Answers match this pattern.", examples=["^[A-Z]"])
    lacks: f.Regex | None = Field(default=None, description="No answer matches this pattern.", examples=["(?i)error:"])
    length: w.Change | None = Field(
        default=None,
        description="Answers are not usually so many times as long as before: below 1x shorter is worse, above 1x "
        "longer is.",
        examples=["0.5x"],
    )
    worse_than: w.Growth | None = Field(
        default=None, description="How many times the share of bad answers before is tolerated.", examples=["2x"]
    )
    at_most: w.Share | None = Field(
        default=None,
        description="The share of bad answers that is tolerated, whatever there was before.",
        examples=["5%"],
    )

    @property
    def rules(self) -> list[OutputRule]:
        """Which rules are there; a consistent section has one."""
        known: tuple[OutputRule, ...] = ("parse", "schema", "refusal", "matches", "lacks", "length")
        return [rule for rule in known if self.value(rule) is not None]

    def value(self, rule: OutputRule) -> Any:
        """What a rule says; None: it is not there."""
        return self.schema_ if rule == "schema" else getattr(self, rule)


class StreamingSection(Section):
    """Answers that are streamed (`text/event-stream`), against the release before."""

    ttft_p95: w.Growth | None = Field(
        default=None, description="How many times the time to the first piece is tolerated.", examples=["1.5x"]
    )
    gap_p95: w.Growth | None = Field(
        default=None,
        description="How many times the time between one piece and the next is tolerated.",
        examples=["2x"],
    )
    tokens_per_second: w.Shrinking | None = Field(
        default=None, description="Less than so many times the usual rate before is worse.", examples=["0.7x"]
    )
    broken: w.Growth | None = Field(
        default=None, description="How many times the share of streams that broke off is tolerated.", examples=["2x"]
    )


class SamplesSection(Section):
    """Which answers are shown to guards that score answers."""

    of: w.Part = Field(
        default=spec.Samples.of / 100,
        description="Share of users' requests; fewer are taken where that would be more than can be scored.",
        examples=["10%"],
        json_schema_extra={"default": f"{spec.Samples.of:g}%"},
    )
    paths: Annotated[list[f.Prefix], BeforeValidator(f.one_or_many)] = Field(
        default_factory=lambda: ["/"],
        min_length=1,
        description="Path prefixes; answers of others are not sampled.",
        examples=[["/v1/chat"]],
    )
    redact: Annotated[list[w.Redacted], BeforeValidator(f.one_or_many)] = Field(
        default_factory=list,
        description="Regular expressions, and JSONPaths (they begin with `$`), of what is taken out of bad answers "
        "before they are kept as evidence.",
        examples=[["$.user.email", "[0-9]{16}"]],
    )
    keep: f.Duration = Field(
        default=spec.Samples.keep,
        description="For how long bad answers are kept as the evidence of an alarm; `0s`: none are.",
        examples=["24h"],
    )


def _bare_name(value: Any) -> Any:
    """Lets a guard that needs no more be written as its name alone."""
    return {value: {}} if value in ("error_rate", "latency") else value


ProbeShort = Annotated[HttpProbeSection, f.short_for("path", f.RequestPath | HttpProbeSection)]
CommandShort = Annotated[CommandGuardSection, f.short_for("run", f.Command | CommandGuardSection)]


class GuardSection(Section):
    """One guard: exactly one of these keys."""

    error_rate: ErrorRateSection | None = Field(
        default=None, description="Errors among users' requests, against the release before."
    )
    latency: LatencySection | None = Field(
        default=None, description="How long users' requests take, against the release before."
    )
    http: ProbeShort | None = Field(
        default=None, description="A probe of each new instance: its path, or a mapping.", examples=["/healthz"]
    )
    command: CommandShort | None = Field(
        default=None, description="A command that judges: its text, or a mapping.", examples=["./smoke/after.sh"]
    )
    prometheus: PrometheusSection | None = Field(default=None, description="The value of a query.")
    json_: JsonSection | None = Field(default=None, alias="json", description="A number in a JSON document.")
    outputs: OutputsSection | None = Field(
        default=None, description="What a sample of live answers says, scored by a rule."
    )
    streaming: StreamingSection | None = Field(
        default=None, description="How a sample of streamed answers comes, against the release before."
    )
    events: EventsSection | None = Field(
        default=None, description="What users did, as reported by the application, against the release before."
    )


GuardShort = Annotated[
    GuardSection,
    BeforeValidator(_bare_name, json_schema_input_type=Literal["error_rate", "latency"] | GuardSection),
]


class WatchSection(Section):
    """How the new release is judged on live traffic after the switch, and between the steps of a shift."""

    duration: f.TimeLimit = Field(
        default=spec.Watch.duration,
        alias="for",
        description="How long, after the last step; while a release is watched, it is not completed.",
        examples=["5m"],
    )
    guards: list[GuardShort] = Field(
        default_factory=lambda: [GuardSection(error_rate=ErrorRateSection()), GuardSection(latency=LatencySection())],
        min_length=1,
        description="What judges. One of them that finds the release worse is enough for a rollback.",
        examples=[["error_rate", {"http": "/healthz"}]],
    )
    samples: SamplesSection = Field(
        default_factory=SamplesSection, description="Which answers `outputs` and `streaming` judge."
    )
    holdback: w.Holdback | None = Field(
        default=None,
        description="Share of users that the old release keeps during the watch, to be compared with.",
        examples=["5%"],
    )
    false_alarm: w.Chance = Field(
        default=spec.Watch.false_alarm,
        description="Chance, over the whole watch, of rolling back a release that is no worse.",
        examples=["1%"],
        json_schema_extra={"default": f"{spec.Watch.false_alarm:.0%}"},
    )
    cannot_tell: Literal["extend", "hold", "block", "finish"] = Field(
        default=spec.Watch.cannot_tell,
        description="What happens when the time is over and nothing can be told: `extend` up to three times as long "
        "and then ask a person, `hold` for a person at once, `block` (roll back), `finish` as *completed, not judged*.",
    )
    shared_cause: Literal["hold", "roll back"] = Field(
        default=spec.Watch.shared_cause,
        description="What happens when the old release, probed, fails in the same way.",
    )
