"""All that could be guessed of one application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bluegreen.cli.guess.files import health_path, text_of
from bluegreen.cli.guess.names import usable_name
from bluegreen.cli.guess.others import go_project, node_project, pages
from bluegreen.cli.guess.procfile import procfile
from bluegreen.cli.guess.program import Program, Project
from bluegreen.cli.guess.python import python_project

_NOTHING = Project(
    "",
    Program("web", "./server --port $PORT", unsure="change this to what starts your server on $PORT"),
)


@dataclass(frozen=True)
class Guess:
    """What a starter file says about an application."""

    app: str
    source: str
    """What it was guessed from."""
    programs: tuple[Program, ...]
    before_start: str | None
    health: str | None
    env_file: str | None


def guess(folder: Path) -> Guess:
    """Look at a folder. Never fails: what cannot be read is not there."""
    project = python_project(folder) or node_project(folder) or go_project(folder) or pages(folder) or _NOTHING
    programs, release = procfile(text_of(folder / "Procfile"), project.program.build)
    source = "Procfile" if programs else project.source
    if programs and project is not _NOTHING:
        source += f" and {project.source}"
    return Guess(
        app=usable_name(project.name.rsplit("/", 1)[-1], usable_name(folder.resolve().name)),
        source=source,
        programs=programs or (project.program,),
        before_start=release or project.before_start,
        health=health_path(folder),
        env_file=".env.production" if (folder / ".env.production").is_file() else None,
    )
