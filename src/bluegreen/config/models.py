"""The shape of ``bluegreen.yaml``: keys, types, descriptions. Defaults are those of `core.spec`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bluegreen.config import fields as f
from bluegreen.config.evaluator_models import EvaluatorSection
from bluegreen.config.golden_models import GoldenSection, StreamLatencySection
from bluegreen.config.model_section import ModelName, ModelSection
from bluegreen.config.router_models import RouterShort
from bluegreen.config.section import Section
from bluegreen.config.shadow_models import ShadowSection
from bluegreen.config.watch_models import WatchSection
from bluegreen.config.windows_models import WindowsSection
from bluegreen.core import spec


class TlsSection(Section):
    """Serve HTTPS. A renewed file is taken up without cutting a connection."""

    cert: f.FileName = Field(description="PEM file with the certificate chain.", examples=["tls.crt"])
    key: f.FileName = Field(description="PEM file with the private key.", examples=["tls.key"])


class ReadySection(Section):
    """When an instance counts as ready: one of `http`, `tcp` and `run`."""

    http: f.RequestPath | None = Field(
        default=None, description="A GET of this path answers 2xx or 3xx.", examples=["/healthz"]
    )
    tcp: Literal[True] | None = Field(default=None, description="`$PORT` accepts a connection.")
    run: f.Command | None = Field(default=None, description="This command exits 0.", examples=["./is-ready.sh"])
    within: f.TimeLimit = Field(default=spec.Ready.within, description="How long it may take.", examples=["30s"])


class StopSection(Section):
    """How an instance is asked to end."""

    signal: f.Signal = Field(default=spec.Stop.signal, description="The signal that asks it to end.", examples=["TERM"])
    within: f.TimeLimit = Field(
        default=spec.Stop.within, description="It is killed when it still runs after this.", examples=["30s"]
    )


class ComponentSection(Section):
    """One program of the application."""

    run: f.Command = Field(
        description="The command of one instance; it listens on `$PORT` if it listens at all.",
        examples=["./server --port $PORT"],
    )
    build: f.Command | None = Field(
        default=None, description="Run once in the release's own folder, before anything starts.", examples=["npm ci"]
    )
    instances: int = Field(
        default=spec.Component.instances, ge=1, le=256, description="How many run in each environment."
    )
    ready: ReadySection = Field(
        default_factory=ReadySection, description="When an instance counts as ready.", examples=[{"http": "/healthz"}]
    )
    receives: Annotated[
        list[f.Prefix], BeforeValidator(f.one_or_many, json_schema_input_type=f.Prefix | list[f.Prefix])
    ] = Field(
        default=[], description="Path prefixes whose public requests it takes.", examples=["/", ["/api", "/login"]]
    )
    protocol: Literal["http1", "http2"] = Field(
        default=spec.Component.protocol, description="What it speaks on `$PORT`; `http2` is cleartext HTTP/2 (gRPC)."
    )
    env: dict[f.Variable, f.AsWritten] = Field(
        default_factory=dict, description="Environment variables.", examples=[{"LOG_LEVEL": "info"}]
    )
    env_file: f.FileInside | None = Field(
        default=None, description="File of `KEY=VALUE` lines with secrets, in the folder.", examples=[".env.production"]
    )
    stop: StopSection = Field(default_factory=StopSection, description="How an instance is asked to end.")
    active: Literal["always", "live"] = Field(
        default=spec.Component.active, description="`live`: runs only in the live environment, never in both at once."
    )
    shared: bool = Field(default=spec.Component.shared, description="One copy exists, and both environments use it.")
    cost_per_hour: float | None = Field(
        default=None, ge=0, description="What one copy of it costs, all of its instances together.", examples=[12.5]
    )


class HttpCheckSection(Section):
    """A request to the idle environment and what must come back."""

    path: f.RequestPath = Field(description="What is requested, with a query if need be.", examples=["/healthz"])
    method: f.Method = Field(default=spec.HttpCheck.method, description="The request's method; it has no body.")
    status: int = Field(default=spec.HttpCheck.status, ge=200, le=599, description="The answer's status.")
    headers: dict[f.Header, f.AsWritten] = Field(
        default_factory=dict, description="Headers that the answer must have, with exactly these values."
    )
    json_: Any = Field(
        default=None, alias="json", description="JSON that the answer's body must contain; objects may hold more keys."
    )
    matches: f.Regex | None = Field(default=None, description="A regular expression that must be found in the body.")
    within: f.TimeLimit = Field(
        default=spec.HttpCheck.within, description="How long one answer may take.", examples=["2s"]
    )
    times: int = Field(default=spec.HttpCheck.times, ge=1, le=1000, description="Requests in a row that must all pass.")


class CommandCheckSection(Section):
    """A command that must exit 0; `$BLUEGREEN_URL` names the idle environment."""

    command: f.Command = Field(description="Run in the release's folder.", examples=[".venv/bin/pytest -q smoke/"])
    within: f.TimeLimit = Field(default=spec.CommandCheck.within, description="How long it may take.", examples=["10m"])


HttpShort = Annotated[HttpCheckSection, f.short_for("path", f.RequestPath | HttpCheckSection)]
CommandShort = Annotated[CommandCheckSection, f.short_for("command", f.Command | CommandCheckSection)]


class CheckSection(Section):
    """One check: exactly one of these keys."""

    http: HttpShort | None = Field(
        default=None, description="A request: its path, or a mapping.", examples=["/healthz"]
    )
    run: CommandShort | None = Field(
        default=None, description="A command: its text, or a mapping.", examples=["./smoke.sh"]
    )
    shadow: ShadowSection | None = Field(
        default=None,
        description="Copies of users' requests, answered by both releases and compared.",
        examples=[{"of": "10%", "for": "2m", "ignore": ["$.id"]}],
    )
    golden: GoldenSection | None = Field(default=None, description="A golden set: requests whose answers are scored.")
    latency: StreamLatencySection | None = Field(
        default=None, description="Streamed answers: how soon and how fast they come."
    )


class HooksSection(Section):
    """Commands run in the new release's folder. A failing `before_*` ends the deployment."""

    before_start: f.Command | None = Field(
        default=None, description="Before the idle environment starts.", examples=["./migrate.sh"]
    )
    before_switch: f.Command | None = Field(default=None, description="After the checks, before users are moved.")
    after_switch: f.Command | None = Field(default=None, description="After all users were moved.")
    after_rollback: f.Command | None = Field(default=None, description="After users were moved back.")


class SwitchSection(Section):
    """How users are moved."""

    shift: f.Shift = Field(
        default=list(spec.Switch.shift),
        description="The new release's share after each step; grows, and ends in 100%.",
        examples=[["5%", "50%", "100%"]],
    )
    hold: f.Duration = Field(
        default=spec.Switch.hold,
        description="How long each step lasts at least; where the release is watched, it ends with a verdict.",
        examples=["1m"],
    )
    drain: f.Duration = Field(
        default=spec.Switch.drain, description="How long requests and streams under way may go on.", examples=["30s"]
    )
    sticky: bool = Field(
        default=spec.Switch.sticky,
        description="While both releases have users, a cookie keeps each user with the one that answered first.",
    )


def _off(value: Any) -> Any:
    """``watch: off``; in YAML 1.2 that is a text."""
    return None if value is False or value == "off" else value


class FileModel(Section):
    """What `bluegreen.yaml` says about one application."""

    app: f.Name = Field(description="The application's name.", examples=["shop"])
    address: f.Address = Field(
        description="`IP:port` where users come in; a port alone is on loopback.", examples=["0.0.0.0:8080"]
    )
    hosts: list[f.HostName] = Field(
        default=[], description="Host names that it answers to; none: every host.", examples=[["shop.example.com"]]
    )
    preview: f.Address | None = Field(
        default=None,
        description="Where the idle environment is reached before the switch; without it a free port is chosen.",
        examples=["127.0.0.1:8081"],
    )
    tls: TlsSection | None = Field(
        default=None, description="Serve HTTPS.", examples=[{"cert": "tls.crt", "key": "tls.key"}]
    )
    components: dict[f.ComponentName, ComponentSection] = Field(
        min_length=1, description="The programs of the application, by name."
    )
    flags: f.FileInside | None = Field(
        default=None,
        description="File with feature flags in flagd's schema, in the folder: they are part of the release.",
        examples=["flags.json"],
    )
    models: dict[ModelName, ModelSection] = Field(
        default_factory=dict,
        max_length=50,
        description="The models that belong to the release: files, and revisions that a shared component serves.",
        examples=[{"ranker": {"path": "models/ranker-v7.onnx"}}],
    )
    hooks: HooksSection = Field(default_factory=HooksSection, description="Commands around the switch.")
    failover: bool = Field(
        default=spec.AppSpec.failover,
        description="When every instance of the live environment is dead, the standby serves.",
    )
    verify: list[CheckSection] = Field(
        default=[],
        description="Checks against the idle environment, before users are moved.",
        examples=[[{"http": "/healthz"}]],
    )
    evaluators: dict[f.Name, EvaluatorSection] = Field(
        default_factory=dict,
        description="What scores answers, by a name for it, besides what is built in.",
        examples=[{"tone": {"command": "./evals/tone.py"}}],
    )
    approve: Literal["automatic", "by hand"] = Field(
        default=spec.AppSpec.approve, description="Whether a person must agree before users are moved."
    )
    approve_within: f.TimeLimit = Field(
        spec.AppSpec.approve_within, description="How long a person has for it.", examples=["24h"]
    )
    approve_by: Literal["anyone", "another person"] = Field(
        default=spec.AppSpec.approve_by, description="Whether who deployed may be the one who agrees."
    )
    windows: WindowsSection = Field(
        default_factory=WindowsSection,
        description="When deployments may move users.",
        examples=[{"time_zone": "Europe/Berlin", "allow": ["Mon-Thu 09:00-16:00"]}],
    )
    switch: SwitchSection = Field(default_factory=SwitchSection, description="How users are moved.")
    router: RouterShort | None = Field(
        default=None,
        description="What moves users; without it, bluegreen's own Envoy, which listens on `address`.",
        examples=["haproxy", {"command": {"set": "./set.sh", "get": "./get.sh", "drain": "./drain.sh"}}],
    )
    watch: Annotated[
        WatchSection | None, BeforeValidator(_off, json_schema_input_type=WatchSection | Literal["off", False])
    ] = Field(
        default_factory=WatchSection,
        description="How the new release is judged on live traffic after the switch; `off`: not at all.",
        examples=["off", {"for": "5m", "guards": ["error_rate", "latency", {"http": "/healthz"}]}],
    )
    skew_protection: bool = Field(
        default=spec.AppSpec.skew_protection,
        description="Pages of the old release go on finding its assets and API while it is warm.",
    )
    keep: f.Duration = Field(
        default=spec.AppSpec.keep, description="How long the old environment stays warm for rollback.", examples=["1h"]
    )
    keep_releases: int = Field(
        spec.AppSpec.keep_releases, ge=1, le=1000, description="How many releases are kept to go back to."
    )
    notify: dict[
        f.Name, Annotated[list[f.News], BeforeValidator(f.one_or_many, json_schema_input_type=f.News | list[f.News])]
    ] = Field(
        default_factory=dict,
        description="What each channel of the controller (`channels` in its `controller.yaml`) is told.",
        examples=[{"ops": ["failed", "rolled back", "approval"], "hook": "all"}],
    )
