"""The shape of the checks ``golden:`` and ``latency:`` in ``bluegreen.yaml``. Defaults are those of `core.spec`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bluegreen.config import fields as f
from bluegreen.config import golden_fields as g
from bluegreen.config import watch_fields as w
from bluegreen.config.section import Section
from bluegreen.core import spec


class ExpectSection(Section):
    """What is expected of every answer. A line of the file may add to it, and expect something else."""

    status: int | None = Field(
        default=None, ge=200, le=599, description="The answer's status; without it any from 200 to 299."
    )
    exact: g.Exact | None = Field(default=None, description="The text is this one, or one of these.")
    matches: g.Matches | None = Field(default=None, description="A regular expression is found in the text.")
    number: g.Number | None = Field(
        default=None, description="The last number of the text is this one.", examples=[42, {"is": 42, "within": "1%"}]
    )
    parses: g.Parses | None = Field(default=None, description="`json`: the text is JSON.", examples=["json"])
    schema_: g.Schema | None = Field(
        default=None,
        alias="schema",
        description="The text is JSON that fits this JSON Schema: a file, or the schema itself.",
        examples=["answer.schema.json"],
    )
    json_: Any = Field(
        default=None, alias="json", description="The text is JSON that contains this; objects may hold more keys."
    )
    similar: g.Texts | None = Field(default=None, description="A reference, for `similar` in `score`.")
    length: g.Length | None = Field(
        default=None, description="How long the text may be.", examples=[{"at_most": 500, "of": "words"}]
    )
    refusal: g.Refusal | None = Field(
        default=None, description="`false`: the answer does not refuse; `true`: it does.", examples=[False]
    )
    score: g.Score | None = Field(
        default=None,
        description="Comparisons of scores, joined by `and` and `or`, that must hold.",
        examples=["similar >= 0.8"],
    )
    pass_: g.PassShare = Field(
        default=spec.Golden.passing,
        alias="pass",
        description="The share of cases that must pass.",
        examples=["98%"],
        json_schema_extra={"default": "100%"},
    )


class GoldenSection(Section):
    """A golden set: requests to the idle environment whose answers are scored."""

    file: f.FileInside = Field(
        description="JSON Lines: a request and what is expected in each.", examples=["evals/golden.jsonl"]
    )
    to: f.RequestPath | None = Field(
        default=None, description="The path of requests that name none.", examples=["/v1/chat/completions"]
    )
    request: dict[str, Any] = Field(
        default_factory=dict,
        description="What every body has besides its own.",
        examples=[{"model": "chat", "temperature": 0}],
    )
    headers: dict[f.Header, f.AsWritten] = Field(default_factory=dict, description="Headers of every request.")
    expect: ExpectSection = Field(
        default_factory=lambda: ExpectSection.model_validate({}), description="What is expected of every answer."
    )
    advice: list[f.Name] = Field(
        default=[], description="Measures whose scores are shown and do not decide.", examples=[["meaning"]]
    )
    within: f.TimeLimit = Field(
        default=spec.Golden.within, description="How long one answer may take.", examples=["30s"]
    )
    all_within: f.TimeLimit = Field(
        default=spec.Golden.all_within, description="How long all of it may take.", examples=["10m"]
    )
    at_once: int = Field(
        default=spec.Golden.at_once, ge=1, le=100, description="Cases that are asked at the same time."
    )
    against_live: bool = Field(
        default=spec.Golden.against_live,
        description="The live release is asked the same, past the proxy, and being worse than it blocks.",
    )
    false_alarm: w.Chance = Field(
        default=spec.Golden.false_alarm,
        description="Chance of blocking, by that comparison, a release that is no worse.",
        examples=["1%"],
        json_schema_extra={"default": f"{spec.Golden.false_alarm:.0%}"},
    )


class StreamLatencySection(Section):
    """Streamed answers of the idle environment: how soon and how fast they come, and how many break."""

    file: f.FileInside | None = Field(
        default=None,
        description="JSON Lines with the requests; without it those of the `golden` check.",
        examples=["evals/golden.jsonl"],
    )
    to: f.RequestPath | None = Field(
        default=None, description="The path of requests that name none.", examples=["/v1/chat/completions"]
    )
    request: dict[str, Any] = Field(
        default_factory=dict, description="What every body has besides its own and `stream: true`."
    )
    headers: dict[f.Header, f.AsWritten] = Field(default_factory=dict, description="Headers of every request.")
    ttft_p50: f.TimeLimit | None = Field(
        default=None, description="Time to the first token, at most: the median.", examples=["300ms"]
    )
    ttft_p95: f.TimeLimit | None = Field(
        default=None, description="Time to the first token, at most, of 95 % of the streams.", examples=["800ms"]
    )
    gap_p95: f.TimeLimit | None = Field(
        default=None, description="Time between two tokens, at most, of 95 % of the gaps.", examples=["100ms"]
    )
    tokens_per_second: g.Pace | None = Field(
        default=None, description="Tokens a second after the first, at least: the median.", examples=["> 30"]
    )
    broken: g.Share = Field(
        default=spec.StreamLatency.broken,
        description="The share of streams that may break.",
        examples=["5%"],
        json_schema_extra={"default": "0%"},
    )
    requests: int = Field(default=spec.StreamLatency.requests, ge=1, le=1000, description="Streams that are asked for.")
    at_once: int = Field(default=spec.StreamLatency.at_once, ge=1, le=100, description="Streams at the same time.")
    within: f.TimeLimit = Field(
        default=spec.StreamLatency.within, description="How long one stream may take.", examples=["1m"]
    )
