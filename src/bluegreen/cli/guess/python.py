"""Python projects: Django, ASGI and WSGI applications, plain scripts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from bluegreen.cli.guess.files import sources, text_of
from bluegreen.cli.guess.program import Program, Project

TOOLS = ("python", "python3", "gunicorn", "uvicorn", "hypercorn", "daphne", "celery", "flask", "rq", "alembic")
"""Programs that live in the project's virtual environment."""

_OBJECT = re.compile(r"^(\w+)[^=\n(]*=\s*(?:\w+\.)?(FastAPI|Starlette|Litestar|Quart|Flask|Bottle)\(", re.MULTILINE)
_WSGI = ("Flask", "Bottle")
_SCRIPTS = ("app.py", "main.py", "server.py", "wsgi.py", "asgi.py")


def python_project(folder: Path) -> Project | None:
    """A Python project, when the folder holds one."""
    pyproject = _toml(text_of(folder / "pyproject.toml"))
    build = _build(folder, pyproject)
    needs = (text_of(folder / "requirements.txt") + text_of(folder / "pyproject.toml")).lower()
    source = next(
        (name for name in ("pyproject.toml", "requirements.txt", "manage.py") if (folder / name).exists()), ""
    )
    name = str(_table(pyproject, "project").get("name") or _table(pyproject, "tool", "poetry").get("name") or "")
    python = ".venv/bin/python" if build else "python3"
    found = _django(folder, python, needs) or _served(folder, needs) or _script(folder, python)
    if found is None and not source:
        return None
    program = found or Program("web", f"{python} -m my_app", unsure="change this to what starts your server on $PORT")
    migrate = f"{python} manage.py migrate --noinput" if (folder / "manage.py").exists() else None
    run = program.run if build else program.run.removeprefix(".venv/bin/")
    program = Program(program.name, run, build=build, unsure=program.unsure)
    return Project(source or "its Python files", program, name, migrate)


def _build(folder: Path, pyproject: dict[str, Any]) -> str | None:
    if (folder / "uv.lock").exists():
        return "uv sync --frozen --no-dev"
    if (folder / "poetry.lock").exists():
        return "POETRY_VIRTUALENVS_IN_PROJECT=1 poetry install --only main"
    wanted = "-r requirements.txt" if (folder / "requirements.txt").exists() else "."
    if wanted == "." and not _table(pyproject, "project") and not (folder / "setup.py").exists():
        return None
    return f"python3 -m venv .venv && .venv/bin/pip install {wanted}"


def _django(folder: Path, python: str, needs: str) -> Program | None:
    settings = re.search(r"DJANGO_SETTINGS_MODULE[\"'],\s*[\"'](\w+)", text_of(folder / "manage.py"))
    if settings is None:
        return None
    if "gunicorn" in needs:
        return Program("web", f".venv/bin/gunicorn {settings[1]}.wsgi --bind 127.0.0.1:$PORT")
    if "uvicorn" in needs:
        return Program("web", f".venv/bin/uvicorn {settings[1]}.asgi:application --host 127.0.0.1 --port $PORT")
    unsure = "runserver is for development: add gunicorn to your requirements, and use it here"
    return Program("web", f"{python} manage.py runserver --noreload 127.0.0.1:$PORT", unsure=unsure)


def _served(folder: Path, needs: str) -> Program | None:
    for path, text in sources(folder, ".py"):
        found = _OBJECT.search(text)
        if found is None:
            continue
        parts = path.with_suffix("").parts
        module = ".".join(part for part in parts[parts[0] == "src" :] if part != "__init__")
        target = f"{module}:{found[1]}"
        if found[2] not in _WSGI:
            return Program("web", f".venv/bin/uvicorn {target} --host 127.0.0.1 --port $PORT")
        if "gunicorn" in needs:
            return Program("web", f".venv/bin/gunicorn {target} --bind 127.0.0.1:$PORT")
        if found[2] == "Flask":
            unsure = "flask run is for development: add gunicorn to your requirements, and use it here"
            return Program("web", f".venv/bin/flask --app {target} run --host 127.0.0.1 --port $PORT", unsure=unsure)
    return None


def _script(folder: Path, python: str) -> Program | None:
    name = next((name for name in _SCRIPTS if (folder / name).is_file()), None)
    return Program("web", f"{python} {name}", unsure="it must listen on $PORT") if name else None


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(data: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
