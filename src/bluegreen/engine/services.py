"""What an application needs of the world, handed to it in one piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bluegreen.checks.base import Checker
from bluegreen.checks.sources import Source
from bluegreen.core.events import Event
from bluegreen.engine.business_events import BusinessEvents
from bluegreen.engine.instances import Instances
from bluegreen.engine.releases import ReleaseStore
from bluegreen.engine.routing import PortOf
from bluegreen.journal.base import Journal
from bluegreen.notify.base import Channel
from bluegreen.routers.base import Router
from bluegreen.runtimes.base import Runtime
from bluegreen.scorer.base import Scorer
from bluegreen.serving.base import ModelServers

Events = Sequence[tuple[Event, str]]
"""Events with their reasons."""


@dataclass(frozen=True)
class Services:
    """The back ends, the places on disk, and the clock."""

    home: Path
    journal: Journal
    runtime: Runtime
    router: Router
    checkers: Mapping[str, Checker[Any]]
    store: ReleaseStore
    instances: Instances
    port_of: PortOf
    clock: Callable[[], float]
    """Seconds since 1970."""
    model_servers: ModelServers
    """Asks shared components for the revisions that they serve."""
    sources: Mapping[str, Source[Any]] = field(default_factory=dict)
    """What reads the evidence of guards, by their kind."""
    business_events: BusinessEvents = field(default_factory=BusinessEvents)
    scorer: Scorer | None = None
    """What scores samples of live answers; None: nothing does."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """Where messages go, by the names that applications know."""
    url: str | None = None
    """How people reach the controller: for links in messages."""
