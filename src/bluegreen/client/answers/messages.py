"""Channels, and what was sent to them."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class Failure(TypedDict):
    at: float
    answer: str


class Channel(TypedDict):
    name: str
    kind: str
    target: str
    waiting: int
    last_delivered: float | None
    last_failure: Failure | None
    gone: str | None
    """Why the receiver wants nothing more, when it said so."""


class Delivery(TypedDict):
    """A message and what became of it."""

    id: str
    channel: str
    app: str | None
    kind: str
    entry: int | None
    title: str
    at: float
    state: str
    due: float | None
    attempts: list[dict[str, Any]]
