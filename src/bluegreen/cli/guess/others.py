"""Projects in JavaScript and Go, and folders of plain pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bluegreen.cli.guess.files import text_of
from bluegreen.cli.guess.program import Program, Project

_INSTALL = (
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile", "pnpm"),
    ("yarn.lock", "yarn install --frozen-lockfile", "yarn"),
    ("package-lock.json", "npm ci", "npm"),
    ("package.json", "npm install", "npm"),
)


def node_project(folder: Path) -> Project | None:
    """A JavaScript project, when the folder has a `package.json`."""
    if not (folder / "package.json").is_file():
        return None
    package = _json(text_of(folder / "package.json"))
    scripts = package.get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    _, build, tool = next(entry for entry in _INSTALL if (folder / entry[0]).exists())
    if "build" in scripts:
        build += f" && {tool} run build"
    run, unsure = _start(str(scripts.get("start") or ""), str(package.get("main") or ""), tool)
    return Project("package.json", Program("web", run, build=build, unsure=unsure), str(package.get("name") or ""))


def _start(start: str, main: str, tool: str) -> tuple[str, str]:
    # A package manager between us and the server would not pass on the signal that asks it to end.
    if start.startswith("node "):
        return start, "it must listen on process.env.PORT"
    if re.match(r"next start\b", start):
        return "node_modules/.bin/next start --hostname 127.0.0.1 --port $PORT", ""
    if start:
        return f"{tool} start", "better: the command itself, since package managers swallow signals; it must use PORT"
    return f"node {main or 'server.js'}", "it must listen on process.env.PORT"


def go_project(folder: Path) -> Project | None:
    """A Go module, when the folder has a `go.mod`."""
    module = re.search(r"^module\s+(\S+)", text_of(folder / "go.mod"), re.MULTILINE)
    if module is None:
        return None
    program = Program("web", "./server", build="go build -o server .", unsure="it must listen on $PORT")
    return Project("go.mod", program, re.sub(r"/v\d+$", "", module[1]).rsplit("/", 1)[-1])


def pages(folder: Path) -> Project | None:
    """A folder of plain pages, when it has an `index.html`."""
    if not (folder / "index.html").is_file():
        return None
    return Project("index.html", Program("web", "python3 -m http.server --bind 127.0.0.1 $PORT"))


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
