"""What the engine is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.core.commands import Outcome
from bluegreen.core.flag_changes import FlagChange
from bluegreen.core.flag_edits import FlagEdits
from bluegreen.core.flag_merge import Merged
from bluegreen.core.model import Release
from bluegreen.core.spec import AppSpec
from bluegreen.engine.releases import Secrets


@dataclass(frozen=True)
class Request:
    """What `Engine.deploy` is asked for."""

    spec: AppSpec
    artifact: str
    secrets: Secrets
    message: str = ""
    supersede: bool = False
    keep_failed: bool = False
    component: str | None = None
    override: str = ""
    """Why it is to be deployed although deployments are frozen or out of hours."""


@dataclass(frozen=True)
class FlagRequest:
    """What `Engine.edit_flags` is asked for."""

    edits: FlagEdits
    message: str = ""
    supersede: bool = False
    keep_failed: bool = False
    override: str = ""
    component: None = None


@dataclass(frozen=True)
class Begun:
    """A deployment that has begun."""

    outcome: Outcome
    release: Release
    after: int
    """Where in the journal it begins."""
    flags: Merged
    """What became of flags that had been edited by command."""


@dataclass(frozen=True)
class Edited:
    """An edit of flags; nothing was to be changed where its outcome names no deployment."""

    outcome: Outcome
    release: Release
    after: int
    changes: tuple[FlagChange, ...]
    notices: tuple[str, ...]
