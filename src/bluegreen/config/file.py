"""Reading ``bluegreen.yaml``: from a path, or from text that was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from bluegreen.config.advice import advice, open_secret
from bluegreen.config.appspec import app_spec
from bluegreen.config.complaints import shape_problems
from bluegreen.config.document import Document, dotted
from bluegreen.config.document import Path as Place
from bluegreen.config.env_file import read_env_file
from bluegreen.config.flag_file import read_flag_file
from bluegreen.config.golden_named import golden_problems
from bluegreen.config.model_files import missing_models
from bluegreen.config.models import FileModel
from bluegreen.config.problems import ConfigError, Problem
from bluegreen.config.reader import read
from bluegreen.config.router_rules import ability_breaches
from bluegreen.config.rules import breaches
from bluegreen.config.textfile import LARGEST, read_text
from bluegreen.core.spec import AppSpec, Commands, Tls

NAME = "bluegreen.yaml"
_JSON: tuple[Place, ...] = (
    ("http", "json"),
    ("golden", "expect", "json"),
    ("golden", "expect", "schema"),
    ("golden", "request"),
    ("latency", "request"),
)
"""Where a check takes any JSON."""


@dataclass(frozen=True)
class Loaded:
    """A file that was read: what it means, its text, and what a person should know about it."""

    spec: AppSpec
    text: str
    warnings: tuple[str, ...] = ()


def load(path: Path, *, remote: bool = False) -> Loaded:
    """Read the file at ``path`` (or ``bluegreen.yaml`` in that folder), and look at the files that it names.

    ``remote``: for a controller on another machine. The files of ``tls`` are there, so their paths have to be absolute.

    Raises:
        ConfigError: it is missing or wrong, or a file that it names is.
    """
    if path.is_dir():
        path = path / NAME
    if not path.exists():
        raise _whole(str(path), "", *_absent(path))
    text = read_text(path, "the description of the application")
    document = _document(text, str(path))
    folder = path.parent.absolute()
    spec = _spec(document, None if remote else folder)
    problems, warnings = _named_files(spec, folder, document, remote=remote)
    problems += golden_problems(spec, folder, document)
    if problems:
        raise ConfigError(problems, name=str(path), text=text)
    return Loaded(spec, text, (*advice(spec), *warnings))


def parse(text: str, *, name: str = NAME, folder: Path | None = None) -> AppSpec:
    """Read the file's text. Relative paths of ``tls`` are relative to ``folder``; no file is looked at.

    Raises:
        ConfigError: it is wrong; all problems at once, each with line, column and a hint.
    """
    return _spec(_document(text, name), folder)


def _document(text: str, name: str) -> Document:
    # Far fewer characters than bytes may pass here: `load` has counted bytes, this bounds what was sent.
    if len(text) > LARGEST:
        raise _whole(name, "", f"larger than {LARGEST // 1024 // 1024} MB", "describe one application only")
    document = read(text, name)
    if document.data is None and not document.problems:
        raise _whole(name, text, "the file is empty", "`bluegreen init` writes one to start from")
    if not isinstance(document.data, dict):
        raise _whole(name, text, "the file must be a mapping", "it begins with `app: NAME`")
    return document


def _spec(document: Document, folder: Path | None) -> AppSpec:
    problems = document.problems + _empty_values(document)
    try:
        file = FileModel.model_validate(document.data)
    except ValidationError as error:
        # What could not be read at all was complained of; that nothing came of it is no second problem.
        places = {(problem.line, problem.column) for problem in document.problems}
        problems += [p for p in shape_problems(error, document) if (p.line, p.column) not in places]
    else:
        if not problems:  # A value that could not be read is as if it were not there: rules would complain of that.
            # What a router is asked for is told by what a consistent file means.
            broken = list(breaches(file)) or list(ability_breaches(file, app_spec(file)))
            problems = [document.problem(b.path, b.message, b.hint, on_key=b.on_key) for b in broken]
        if file.tls and folder is None and not _absolute(file.tls.cert, file.tls.key):
            hint = "write the absolute paths that the files have on the controller's machine"
            problems.append(document.problem(("tls",), "relative paths mean nothing to a controller elsewhere", hint))
        if folder is None:
            problems += _relative_commands(file, document)
    if problems:
        raise ConfigError(problems, name=document.name, text=document.text)
    spec = app_spec(file)
    if isinstance(spec.router, Commands):
        spec = replace(spec, router=replace(spec.router, folder=str(folder.absolute() if folder else "/")))
    if spec.tls and folder:
        tls = Tls(str(folder.absolute() / spec.tls.cert), str(folder.absolute() / spec.tls.key))
        return replace(spec, tls=tls)
    return spec


def _relative_commands(file: FileModel, document: Document) -> list[Problem]:
    """The problems of commands of the router that name a file here, for a controller elsewhere."""
    section = file.router.command if file.router else None
    named = {"set": section.set, "get": section.get, "drain": section.drain} if section else {}
    hint = "write the absolute path that the command has on the controller's machine"
    return [
        document.problem(("router", "command", key), "relative paths mean nothing to a controller elsewhere", hint)
        for key, command in named.items()
        if command.lstrip().startswith(".")
    ]


def _absolute(*paths: str) -> bool:
    return all(Path(path).is_absolute() for path in paths)


def _empty_values(document: Document) -> list[Problem]:
    """Problems of ``key:`` with nothing behind it, except deeper inside the JSON that a check expects."""
    hint = "give it one, or remove the line; an empty text is `''`"
    return [
        document.problem(path, f"`{dotted(path)}` has no value", hint, on_key=True)
        for path in document.empty
        if path and not _in_expected_json(path)
    ]


def _in_expected_json(path: Place) -> bool:
    """Whether a value stands inside of JSON, where null is a value as any other."""
    if path[:1] != ("verify",):
        return False
    return any(path[2 : 2 + len(keys)] == keys and len(path) > 2 + len(keys) for keys in _JSON)


def _named_files(spec: AppSpec, folder: Path, document: Document, *, remote: bool) -> tuple[list[Problem], list[str]]:
    """What is wrong with, and what should be known about, the files that the file names."""
    problems: list[Problem] = []
    warnings: list[str] = []
    if spec.tls and not remote:
        for key, name in (("cert", spec.tls.cert), ("key", spec.tls.key)):
            if not Path(name).is_file():
                problems.append(document.problem(("tls", key), f"there is no file `{name}`"))
            elif key == "key":
                warnings += open_secret(Path(name))
    for component in spec.components:
        if component.env_file is None:
            continue
        found = _not_inside(folder, component.env_file, ("components", component.name, "env_file"), document)
        problems += found
        if not found:
            read_env_file(folder / component.env_file)
            warnings += open_secret(folder / component.env_file)
    if spec.flags is not None:
        found = _not_inside(folder, spec.flags, ("flags",), document)
        problems += found
        if not found:
            read_flag_file(folder / spec.flags)
    problems += missing_models(spec, folder, document)
    return problems, warnings


def _not_inside(folder: Path, name: str, path: Place, document: Document) -> list[Problem]:
    """The problem of a file that is not there, or not in the folder."""
    file = folder / name
    if not file.is_file():
        return [document.problem(path, f"there is no file `{name}`")]
    if not file.resolve().is_relative_to(folder.resolve()):
        message = f"`{name}` is a link that leaves the application's folder"
        return [document.problem(path, message, "put the file itself there")]
    return []


def _absent(path: Path) -> tuple[str, str]:
    for other in (path.with_suffix(".yml"), path.with_name(".bluegreen.yaml")):
        if path.name == NAME and other.exists():
            return "there is no such file", f"there is `{other.name}`: rename it to `{NAME}`"
    return "there is no such file", "`bluegreen init` writes one to start from"


def _whole(name: str, text: str, message: str, hint: str) -> ConfigError:
    return ConfigError([Problem(1, 1, "", message, hint)], name=name, text=text)
