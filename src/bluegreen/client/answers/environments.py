"""Environments and what runs in them."""

from __future__ import annotations

from typing_extensions import TypedDict

from bluegreen.client.answers.words import Color


class Route(TypedDict):
    epoch: int
    shares: dict[Color, int]


class Routes(TypedDict):
    requested: Route | None
    confirmed: Route | None
    observed: Route | None


class Instance(TypedDict):
    component: str
    index: int
    state: str
    address: str | None
    pid: int | None
    restarts: int
    exit: str | None
    since: float | None


class Traffic(TypedDict):
    requests: int
    failed: int
    active: int
    explicit: int


class Environment(TypedDict):
    color: Color
    state: str
    release: str | None
    digest: str | None
    verified: bool
    since: float | None
    keep_until: float | None
    share: int
    traffic: Traffic | None
    instances: list[Instance]


class SharedComponent(TypedDict):
    release: str
    digest: str
    instances: list[Instance]
