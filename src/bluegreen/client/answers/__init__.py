"""What the controller answers: JSON objects, typed. Times are seconds since 1970, durations seconds; None: not known,
not yet, or not there. More fields may be added.

Releases are named ``r7``, except inside of events, where they are numbers.
"""

from __future__ import annotations

from bluegreen.client.answers.access import (
    Attempt,
    Controller,
    CreatedToken,
    Grant,
    LoginLink,
    Me,
    Session,
    Stopping,
    Token,
)
from bluegreen.client.answers.deployments import Begun, Deployment, Entry, Receipt, RolledBack, Steered
from bluegreen.client.answers.environments import Environment, Instance, Route, Routes, SharedComponent, Traffic
from bluegreen.client.answers.figures import EnvironmentFigures, Figures, FiguresSince, Mark
from bluegreen.client.answers.judgements import Check, Figure, GuardFinding, Judgement, Watch
from bluegreen.client.answers.messages import Channel, Delivery, Failure
from bluegreen.client.answers.releases import (
    Announced,
    Artifact,
    ArtifactDiff,
    FilesDiff,
    KeptContent,
    MessageDiff,
    Release,
    ReleaseDiff,
    ValueDiff,
)
from bluegreen.client.answers.status import (
    Find,
    Forecast,
    Freeze,
    GoingDown,
    Lock,
    Next,
    NextRollback,
    Notice,
    Overlap,
    Preview,
    PreviewAddress,
    Probed,
    Status,
    Window,
)
from bluegreen.client.answers.words import Color, Result, Verdict

__all__ = [
    "Announced",
    "Artifact",
    "ArtifactDiff",
    "Attempt",
    "Begun",
    "Channel",
    "Check",
    "Color",
    "Controller",
    "CreatedToken",
    "Delivery",
    "Deployment",
    "Entry",
    "Environment",
    "EnvironmentFigures",
    "Failure",
    "Figure",
    "Figures",
    "FiguresSince",
    "FilesDiff",
    "Find",
    "Forecast",
    "Freeze",
    "GoingDown",
    "Grant",
    "GuardFinding",
    "Instance",
    "Judgement",
    "KeptContent",
    "Lock",
    "LoginLink",
    "Mark",
    "Me",
    "MessageDiff",
    "Next",
    "NextRollback",
    "Notice",
    "Overlap",
    "Preview",
    "PreviewAddress",
    "Probed",
    "Receipt",
    "Release",
    "ReleaseDiff",
    "Result",
    "RolledBack",
    "Route",
    "Routes",
    "Session",
    "SharedComponent",
    "Status",
    "Steered",
    "Stopping",
    "Token",
    "Traffic",
    "ValueDiff",
    "Verdict",
    "Watch",
    "Window",
]
