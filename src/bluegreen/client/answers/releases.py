"""Releases, their differences, and the artifacts that they are made of."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from bluegreen.client.answers.flags import FlagDiff
from bluegreen.client.answers.words import Color, Result


class Release(TypedDict):
    release: str
    digest: str
    artifact: str
    message: str
    at: float
    status: Result | None
    kept: bool
    components: list[str]
    color: Color | None
    file: NotRequired[dict[str, Any]]


class FilesDiff(TypedDict):
    added: list[str]
    removed: list[str]
    changed: list[str]


class ArtifactDiff(TypedDict):
    same: bool
    files: FilesDiff | None


ValueDiff = TypedDict("ValueDiff", {"path": str, "from": Any, "to": Any})
MessageDiff = TypedDict("MessageDiff", {"from": str, "to": str})
ReleaseDiff = TypedDict(
    "ReleaseDiff",
    {
        "from": str,
        "to": str,
        "artifact": ArtifactDiff,
        "configuration": list[ValueDiff],
        "flags": list[FlagDiff],
        "secrets": Literal["same", "changed"],
        "message": MessageDiff,
    },
)


class Artifact(TypedDict):
    digest: str
    bytes: int


class KeptContent(TypedDict):
    """How much of a content is there, and whether that is all of it."""

    sha256: str
    bytes: int
    complete: bool


class Announced(TypedDict):
    """What of an announced artifact is missing, by SHA-256; of ``begun`` ones so many bytes are there already."""

    digest: str
    complete: bool
    files: int
    bytes: int
    missing: list[str]
    begun: dict[str, int]
