"""Bodies of requests: typed and bounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RELEASE = r"^r?[1-9][0-9]{0,8}$"
ReleaseName = Annotated[str, StringConstraints(pattern=RELEASE)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Reason = Annotated[str, StringConstraints(max_length=500)]
Name = Annotated[str, StringConstraints(max_length=200)]
Secret = Annotated[str, StringConstraints(max_length=200_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DeploymentBody(_Body):
    """A release and how to deploy it."""

    config: Annotated[str, StringConstraints(max_length=1_000_000)]
    """The text of bluegreen.yaml."""
    config_name: Text = "bluegreen.yaml"
    folder: Text | None = None
    """Where the file lies: what relative TLS paths are relative to."""
    artifact: Digest
    secrets: dict[Name, dict[Name, Secret]] = Field(default_factory=dict, max_length=100)
    """Values of each component's env_file."""
    message: Text = ""
    supersede: bool = False
    keep_failed: bool = False
    override_freeze: Reason | None = None
    """Why it is to be deployed although deployments are frozen; for admins."""
    component: Text | None = None
    """A shared component to replace, instead of deploying the release."""


class ApprovalBody(_Body):
    override_freeze: Reason | None = None
    """Why users are to be moved although deployments are frozen; for admins."""


class RollbackBody(_Body):
    to: ReleaseName | None = None


class LockBody(_Body):
    why: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class BusinessEvent(_Body):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
    """What users did, such as `purchase`."""
    count: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] = 1


class BusinessEventsBody(_Body):
    """A batch. Nothing else is taken, so that nothing about people gets here by mistake."""

    events: Annotated[list[BusinessEvent], Field(max_length=1000)]


class StopBody(_Body):
    all: bool = False
