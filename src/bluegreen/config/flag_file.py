"""The flag file in an application's folder: what is wrong with it, at its line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bluegreen.config.document import Document, dotted
from bluegreen.config.problems import ConfigError, Problem
from bluegreen.config.reader import read
from bluegreen.config.textfile import read_text
from bluegreen.core.flag_flaws import flaws
from bluegreen.core.flag_sets import NotJson, canonical, parsed
from bluegreen.core.flaw import Flaw


def read_flag_file(path: Path) -> Any:
    """The flag set of a file, as it is written there. Raises ConfigError with everything that is wrong with it."""
    text = read_text(path, "the file with the feature flags")
    try:
        value = parsed(text)
        found = list(flaws(value))
        if not found:
            canonical(value)
            return value
    except NotJson as error:
        # Where a key is there twice, the places know.
        problems = _places(text, str(path)).problems if error.column == error.line == 1 else []
        raise _error(path, text, problems or [Problem(error.line, error.column, "", error.message)]) from None
    document = _places(text, str(path))
    raise _error(path, text, [_problem(flaw, document) for flaw in found])


def _problem(flaw: Flaw, document: Document) -> Problem:
    message = f"`{dotted(flaw.path)}`: {flaw.message}" if flaw.path else flaw.message
    return document.problem(flaw.path, message, flaw.hint, on_key=flaw.on_key)


def _places(text: str, name: str) -> Document:
    """Where everything stands. JSON is YAML, but for tabs, which stand in JSON only where a space may."""
    try:
        return read(text.replace("\t", " "), name)
    except ConfigError:  # more of it than is looked through: then its first line has to do
        return Document(name, text)


def _error(path: Path, text: str, problems: list[Problem]) -> ConfigError:
    return ConfigError(problems, name=str(path), text=text)
