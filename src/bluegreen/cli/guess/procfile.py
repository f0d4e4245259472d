"""A Procfile: `name: command`, one program in each line."""

from __future__ import annotations

import re
from dataclasses import replace

from bluegreen.cli.guess.names import usable_name
from bluegreen.cli.guess.program import Program
from bluegreen.cli.guess.python import TOOLS

_LINE = re.compile(r"^([A-Za-z0-9_-]+):[ \t]*(\S.*)$", re.MULTILINE)


def procfile(text: str, build: str | None) -> tuple[tuple[Program, ...], str | None]:
    """Its programs, one of them public, and its `release` command."""
    commands = {usable_name(name): _here(command.strip(), build) for name, command in _LINE.findall(text)}
    release = commands.pop("release", None)
    programs = [Program(name, command, public=False) for name, command in commands.items()]
    if not programs:
        return (), release
    named = [program for program in programs if program.name == "web"]
    listening = [program for program in programs if "PORT" in program.run]
    front = (named or listening or programs)[0]
    unsure = "" if "PORT" in front.run else "it must listen on $PORT"
    public = replace(front, public=True, build=build, unsure=unsure)
    return tuple(public if program is front else program for program in programs), release


def _here(command: str, build: str | None) -> str:
    """The command with the project's own tools, and listening on loopback only: users come through the proxy."""
    first = command.split()[0]
    if build and first in TOOLS:
        command = f".venv/bin/{command}"
    return re.sub(r"\b0\.0\.0\.0(?=[: ])", "127.0.0.1", command)
