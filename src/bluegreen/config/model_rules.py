"""What must hold of the models of a file whose every value is right by itself."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.config.appspec import listens
from bluegreen.config.breach import Breach
from bluegreen.config.document import Path
from bluegreen.config.hints import did_you_mean
from bluegreen.config.model_section import ModelSection
from bluegreen.config.models import FileModel
from bluegreen.config.modelspec import calls_of
from bluegreen.config.paths import inside
from bluegreen.config.problems import Wrong
from bluegreen.core.model_specs import INSIDE, model_variable

_SERVED_ONLY = ("name", "source", "preset", "load", "unload", "probe", "headers")


def model_breaches(file: FileModel) -> Iterator[Breach]:
    """Every rule that the models break."""
    for name, model in file.models.items():
        path: Path = ("models", name)
        if model.path is not None:
            yield from _of_file(model, path)
        elif model.serve_by is None:
            hint = "such as `path: models/ranker.onnx`, or `serve_by: llm` with a `name`"
            yield Breach(path, f"`{name}` needs `path` or `serve_by`", hint, on_key=True)
        else:
            yield from _server(file, model.serve_by, (*path, "serve_by"))
            yield from _served(model, path)
        yield from _variable(file, name)
    yield from _names(file)


def _of_file(model: ModelSection, path: Path) -> Iterator[Breach]:
    if model.serve_by is not None:
        message = "a model is either a file (`path`) or served by a shared component (`serve_by`)"
        yield Breach((*path, "serve_by"), message, "for a served one, `source: ./...` names files of the folder", True)
        return
    for key in _SERVED_ONLY:
        if getattr(model, key):
            yield Breach((*path, key), f"`{key}` means nothing for a model that is a file", "remove it", on_key=True)


def _server(file: FileModel, server: str, path: Path) -> Iterator[Breach]:
    component = file.components.get(server)
    if component is None:
        near = did_you_mean(server, file.components) or "its components are " + ", ".join(file.components)
        yield Breach(path, f"there is no component `{server}`", near)
    elif not component.shared:
        message = f"`{server}` is not shared: each environment has a copy of its own, with its own models"
        yield Breach(path, message, f"write `shared: true` in `{server}`, or give the model a `path`")
    elif not listens(component):
        message = f"`{server}` does not listen on `$PORT`, so that nobody can ask it for a model"
        yield Breach(path, message, "let its `run` name `$PORT`")
    elif component.protocol == "http2":
        yield Breach(path, f"`{server}` speaks only HTTP/2, and models are loaded over HTTP/1.1", "remove `protocol`")


def _served(model: ModelSection, path: Path) -> Iterator[Breach]:
    if model.name is None:
        hint = "a name for this revision alone, such as `name: chat-v12`"
        yield Breach(path, "`name` is missing: under which it is served", hint, on_key=True)
    calls = calls_of(model)
    if not calls["probe"].names("{name}"):
        message = "`probe` does not name the model, so that it proves nothing of it"
        yield Breach((*path, "probe"), message, "write `{name}` where the server expects the model's name")
    if model.source is None and any(calls[key].names("{source}") for key in ("load", "unload") if key in calls):
        hint = "such as `source: s3://models/chat-v12`, or `source: ./adapters/chat-v12` for files of the folder"
        yield Breach(path, "`source` is missing: `load` needs it", hint, on_key=True)
    if "unload" not in calls and "load" in calls:
        message = "`unload` is missing: without it every revision would stay in memory"
        yield Breach(path, message, "write the call that unloads it, or name a `preset`", on_key=True)
    if model.source is not None and model.source.startswith(INSIDE):
        try:
            inside(model.source)
        except Wrong as wrong:
            yield Breach((*path, "source"), wrong.message, wrong.hint)


def _variable(file: FileModel, name: str) -> Iterator[Breach]:
    variable = model_variable(name)
    for component, section in file.components.items():
        if variable in section.env:
            yield Breach(
                ("components", component, "env", variable),
                f"`{variable}` is set by bluegreen itself: the model `{name}`",
                "remove it, or rename one of the two",
                on_key=True,
            )


def _names(file: FileModel) -> Iterator[Breach]:
    taken: dict[tuple[str | None, str], str] = {}
    for name, model in file.models.items():
        if model.name is None:
            continue
        if (other := taken.setdefault((model.serve_by, model.name), name)) != name:
            message = f"`{model.name}` is the name of `{other}` in `{model.serve_by}` already"
            yield Breach(("models", name, "name"), message, "give each revision a name of its own")
