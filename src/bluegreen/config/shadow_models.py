"""The shape of a ``shadow`` check in ``bluegreen.yaml``, and what it means. Defaults are those of `core.spec`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from bluegreen.config import factors
from bluegreen.config import fields as f
from bluegreen.config.section import Section
from bluegreen.config.watch_fields import Chance, JsonPath
from bluegreen.core import spec

_PART = {"type": "string", "pattern": factors.PER_CENT}

Part = Annotated[float, BeforeValidator(factors.part), WithJsonSchema(_PART)]
HeaderName = Annotated[f.Header, AfterValidator(str.lower)]


class ShadowSection(Section):
    """Copies of users' requests are answered by both releases, off the users' path, and the answers compared."""

    of: Part = Field(description="Share of the requests that may be copied which is copied.", examples=["10%"])
    duration: f.TimeLimit = Field(
        default=spec.ShadowCheck.duration, alias="for", description="How long answers are compared.", examples=["2m"]
    )
    compare: Literal["json", "text", "status"] = Field(
        default=spec.ShadowCheck.compare,
        description="What is compared: JSON documents (and text where an answer is none), bodies as they are, "
        "or the status alone.",
    )
    ignore: list[JsonPath] = Field(
        default=[], description="JSONPaths of what may differ.", examples=[["$.id", "$.created"]]
    )
    tolerance: Part | None = Field(
        default=None,
        description="Numbers in JSON are equal when they differ by no more than this share of the larger one.",
        examples=["0.1%"],
    )
    methods: list[f.Method] = Field(
        default=list(spec.ShadowCheck.methods),
        min_length=1,
        description="Requests with these methods may be copied: they must be safe to repeat.",
        examples=[["GET", "POST"]],
    )
    paths: list[f.Prefix] = Field(
        default=list(spec.ShadowCheck.paths),
        min_length=1,
        description="Requests below these path prefixes may be copied.",
        examples=[["/v1/chat/completions"]],
    )
    credentials: bool = Field(
        default=spec.ShadowCheck.credentials, description="Whether copies keep the headers that say who asks."
    )
    without: list[HeaderName] = Field(
        default=[], description="More headers that copies do not have.", examples=[["x-session"]]
    )
    within: f.TimeLimit = Field(
        default=spec.ShadowCheck.within, description="How long one answer may take.", examples=["10s"]
    )
    must_find: Part = Field(
        default=spec.ShadowCheck.must_find,
        description="Allowed only when a release that has changed so many of its answers would have been found.",
        examples=["5%"],
        json_schema_extra={"default": f"{spec.ShadowCheck.must_find:.0%}"},
    )
    false_alarm: Chance = Field(
        default=spec.ShadowCheck.false_alarm,
        description="Chance of blocking a release whose answers are no different.",
        examples=["1%"],
        json_schema_extra={"default": f"{spec.ShadowCheck.false_alarm:.0%}"},
    )


def shadow_spec(section: ShadowSection) -> spec.ShadowCheck:
    """The check that a section stands for."""
    return spec.ShadowCheck(
        share=round(section.of * 100, 4),
        duration=section.duration,
        compare=section.compare,
        ignore=tuple(section.ignore),
        tolerance=section.tolerance or 0.0,
        methods=tuple(dict.fromkeys(section.methods)),
        paths=tuple(dict.fromkeys(section.paths)),
        credentials=section.credentials,
        without=tuple(dict.fromkeys(section.without)),
        within=section.within,
        must_find=section.must_find,
        false_alarm=section.false_alarm,
    )
