"""What tells one revision of a model from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

from bluegreen.core.errors import InvalidInput
from bluegreen.core.model_specs import Model, ModelFile
from bluegreen.core.spec import AppSpec
from bluegreen.engine.releases import ReleaseStore


class Entry(Protocol):
    """A file or link of an artifact, as far as it tells what it holds."""

    @property
    def sha256(self) -> str: ...
    @property
    def target(self) -> str: ...


def models_of(store: ReleaseStore, artifact: str, spec: AppSpec) -> dict[str, str]:
    """As `model_digests`, of a kept artifact. For a thread: it may read an archive."""
    inside = any(isinstance(model, ModelFile) or model.inside is not None for model in spec.models)
    return model_digests(spec, store.files_of(artifact) if inside else {})


def model_digests(spec: AppSpec, files: Mapping[str, Entry]) -> dict[str, str]:
    """SHA-256 of each model's revision, by the model's name; ``files``: those of the artifact, by path.

    Of a file or folder: its content. Of a served one: the component, its name there, its source (with the content,
    where that is in the folder) and the call that loads it.

    Raises InvalidInput: a file is not in the artifact.
    """
    return {model.name: _digest(model, files) for model in spec.models}


def _digest(model: Model, files: Mapping[str, Entry]) -> str:
    if isinstance(model, ModelFile):
        return _content(model.name, model.path, files)
    content = _content(model.name, model.inside, files) if model.inside is not None else ""
    load = asdict(model.load) if model.load else None
    return _sha256([model.serve_by, model.served_name, model.source, content, load])


def _content(name: str, path: str, files: Mapping[str, Entry]) -> str:
    path = path.strip("/").removeprefix("./")
    own = {p.removeprefix(path): e for p, e in files.items() if p == path or p.startswith(f"{path}/")}
    if not own:
        raise InvalidInput(
            f"The model {name} is not among the files that were sent: {path}.",
            why="A file that .gitignore or .bluegreenignore names is not packed with the folder.",
            cure=f"Write `!/{path}` into .bluegreenignore, or keep the model elsewhere and let a component load it.",
        )
    if set(own) == {""}:
        return own[""].sha256 or _sha256(own[""].target)
    return _sha256(sorted((p, e.sha256, e.target) for p, e in own.items()))


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
