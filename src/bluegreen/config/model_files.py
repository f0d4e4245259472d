"""The files of models that a file names: whether they are in the application's folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bluegreen.config.document import Document
from bluegreen.config.problems import Problem
from bluegreen.core.model_specs import ModelFile
from bluegreen.core.spec import AppSpec


def missing_models(spec: AppSpec, folder: Path, document: Document) -> Iterator[Problem]:
    """A problem for each model whose file is not there, or is a link that leaves the folder."""
    for model in spec.models:
        path, key = (model.path, "path") if isinstance(model, ModelFile) else (model.inside, "source")
        if path is None:
            continue
        place = ("models", model.name, key)
        if not (folder / path).exists():
            yield document.problem(place, f"there is no file or folder `{path}`")
        elif not (folder / path).resolve().is_relative_to(folder.resolve()):
            message = f"`{path}` is a link that leaves the application's folder"
            yield document.problem(place, message, "put the file itself there")
