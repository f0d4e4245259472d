"""The models that belong to a release: files of its folder, and revisions that a shared component serves by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

PLACES = ("{name}", "{source}")
"""What stands in a call for the name that is served and for where the model comes from."""
INSIDE = "./"
"""How a source begins that is a file or folder of the application's own folder."""


@dataclass(frozen=True)
class Call:
    """One HTTP request to an instance of a shared component; `PLACES` are filled in when it is made."""

    method: str
    path: str
    """With its query."""
    body: Any = None
    """A JSON value; None: no body."""

    @property
    def text(self) -> str:
        """As a file writes it: ``POST /v1/load {"model": "{name}"}``."""
        written = "" if self.body is None else f" {json.dumps(self.body, ensure_ascii=False)}"
        return f"{self.method} {self.path}{written}"

    def names(self, place: str) -> bool:
        """Whether one of `PLACES` stands in it."""
        return place in self.text

    def filled(self, values: Mapping[str, str], quote: Callable[[str], str]) -> Call:
        """With the values of `PLACES`; ``quote`` makes one fit for a path."""
        path = _filled(self.path, {place: quote(value) for place, value in values.items()})
        return Call(self.method, path, _filled(self.body, values))


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for place, meant in values.items():
            value = value.replace(place, meant)
        return value
    if isinstance(value, Mapping):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, values) for item in value]
    return value


@dataclass(frozen=True)
class ModelFile:
    """A file or folder of the application's folder; its place in the release's folder is told in a variable."""

    name: str
    path: str
    """Relative to the application's folder."""
    kind: Literal["file"] = "file"


@dataclass(frozen=True)
class ServedModel:
    """A revision of a model that a shared component serves under a name of its own, beside other revisions."""

    name: str
    serve_by: str
    """The shared component."""
    served_name: str
    """Under which name the component serves this revision: told in a variable."""
    probe: Call
    """Proves that the revision answers: every answer of 2xx does."""
    source: str = ""
    """Where the component loads it from; one that begins with ``./`` is in the application's folder."""
    load: Call | None = None
    """None: it needs no loading."""
    unload: Call | None = None
    """None: it cannot be unloaded."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of every call; ``$NAME`` is a variable of the component."""
    within: float = 600.0
    """Seconds that loading may take on one instance, the proof included."""
    kind: Literal["served"] = "served"

    @property
    def inside(self) -> str | None:
        """The path of its source in the application's folder; None when it comes from elsewhere."""
        return self.source.removeprefix(INSIDE) if self.source.startswith(INSIDE) else None


Model = ModelFile | ServedModel


def model_variable(name: str) -> str:
    """The environment variable in which components find a model: ``<NAME>_MODEL``."""
    return name.upper().replace("-", "_") + "_MODEL"
