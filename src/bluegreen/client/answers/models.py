"""Models, and where they are."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

ModelChange = TypedDict("ModelChange", {"model": str, "from": str | None, "to": str | None, "in_words": str})
"""One model that is different; ``from`` and ``to`` are the same where only its content differs."""


class Model(TypedDict):
    """A revision of a model in a copy of a shared component, or a file of a release (then ``component`` is None)."""

    model: str
    name: str
    """Under which it is served, or the file's path."""
    kind: Literal["served", "file"]
    component: str | None
    copy: Literal["in use", "replacement", "replaced"] | None
    source: str | None
    digest: str
    state: Literal["loaded", "loading", "unloading", "in the release"]
    why: str | None
    """Why it is not loaded."""
    since: float
    needed_by: list[str]
