"""What `init` writes for the folders that people have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.cli.starter import scalar, starter
from bluegreen.config import parse
from bluegreen.core.spec import AppSpec, HttpCheck

DJANGO = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')"
VENV = "python3 -m venv .venv && .venv/bin/pip install"


def started(folder: Path, **files: str) -> AppSpec:
    """What the starter file for a folder with these files means."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return parse(starter(folder))


@pytest.mark.parametrize(
    ("files", "run", "build"),
    [
        ({}, "./server --port $PORT", None),
        ({"index.html": ""}, "python3 -m http.server --bind 127.0.0.1 $PORT", None),
        ({"go.mod": "module example.com/shop\n"}, "./server", "go build -o server ."),
        ({"server.py": ""}, "python3 server.py", None),
        (
            {"requirements.txt": "fastapi", "main.py": "api = FastAPI()\n"},
            ".venv/bin/uvicorn main:api --host 127.0.0.1 --port $PORT",
            f"{VENV} -r requirements.txt",
        ),
        (
            {"pyproject.toml": "[project]\nname = 'x'", "src__shop__app.py": "app: FastAPI = fastapi.FastAPI()\n"},
            ".venv/bin/uvicorn shop.app:app --host 127.0.0.1 --port $PORT",
            f"{VENV} .",
        ),
        (
            {"requirements.txt": "flask\ngunicorn", "shop__wsgi.py": "app = Flask(__name__)\n"},
            ".venv/bin/gunicorn shop.wsgi:app --bind 127.0.0.1:$PORT",
            f"{VENV} -r requirements.txt",
        ),
        (
            {"requirements.txt": "django\ngunicorn", "manage.py": DJANGO},
            ".venv/bin/gunicorn mysite.wsgi --bind 127.0.0.1:$PORT",
            f"{VENV} -r requirements.txt",
        ),
        ({"uv.lock": "", "app.py": ""}, ".venv/bin/python app.py", "uv sync --frozen --no-dev"),
        ({"package.json": '{"scripts": {"start": "node index.js"}}'}, "node index.js", "npm install"),
        (
            {"package.json": '{"scripts": {"start": "next start", "build": "next build"}}', "yarn.lock": ""},
            "node_modules/.bin/next start --hostname 127.0.0.1 --port $PORT",
            "yarn install --frozen-lockfile && yarn run build",
        ),
        ({"package.json": '{"scripts": {"start": "ts-node x"}}', "package-lock.json": ""}, "npm start", "npm ci"),
        ({"package.json": "{broken"}, "node server.js", "npm install"),
        (
            {"pyproject.toml": "[broken", "requirements.txt": ""},
            ".venv/bin/python -m my_app",
            f"{VENV} -r requirements.txt",
        ),
    ],
)
def test_one_program(tmp_path: Path, files: dict[str, str], run: str, build: str | None) -> None:
    spec = started(tmp_path, **files)
    assert [(c.name, c.run, c.build, c.receives) for c in spec.components] == [("web", run, build, ("/",))]


def test_a_procfile(tmp_path: Path) -> None:
    spec = started(
        tmp_path,
        Procfile="web: gunicorn shop.wsgi --bind 0.0.0.0:$PORT\nmail_worker: celery -A shop worker\n"
        "release: python manage.py migrate\n",
        **{"requirements.txt": "gunicorn", "shop__health.py": 'path("/healthz")', ".env.production": "A=b"},
    )
    web, worker = spec.components
    assert web.run == ".venv/bin/gunicorn shop.wsgi --bind 127.0.0.1:$PORT"
    assert web.build is not None
    assert (worker.name, worker.run, worker.active, worker.build) == (
        "mail-worker", ".venv/bin/celery -A shop worker", "live", None
    )  # fmt: skip
    assert spec.hooks.before_start == ".venv/bin/python manage.py migrate"
    assert (web.ready.http, spec.verify) == ("/healthz", (HttpCheck("/healthz"),))
    assert web.env_file == worker.env_file == ".env.production"


def test_a_procfile_without_web_gives_requests_to_what_listens(tmp_path: Path) -> None:
    spec = started(tmp_path, Procfile="clock: ./clock\napi: ./api --port $PORT\n")
    assert {c.name: c.receives for c in spec.components} == {"clock": (), "api": ("/",)}


@pytest.mark.parametrize(
    ("folder", "files", "app"),
    [
        ("My Shop_2", {}, "my-shop-2"),
        ("42", {}, "app"),
        ("bluegreen", {}, "app"),
        ("x", {"package.json": '{"name": "@acme/Shop.Web"}'}, "shop-web"),
        ("x", {"pyproject.toml": "[project]\nname = 'Shop_API'"}, "shop-api"),
        ("x", {"pyproject.toml": "[tool.poetry]\nname = 'shop'"}, "shop"),
        ("x", {"go.mod": "module example.com/acme/shop/v2"}, "shop"),
    ],
)
def test_the_application_s_name(tmp_path: Path, folder: str, files: dict[str, str], app: str) -> None:
    (tmp_path / folder).mkdir()
    assert started(tmp_path / folder, **files).app == app


def test_what_could_not_be_known_is_said(tmp_path: Path) -> None:
    assert "Nothing in the folder says what runs" in starter(tmp_path)
    (tmp_path / "manage.py").write_text(DJANGO)
    assert "runserver is for development" in starter(tmp_path)


@given(st.binary(max_size=200), st.binary(max_size=200), st.text(max_size=30))
def test_it_is_always_valid(
    tmp_path_factory: pytest.TempPathFactory, procfile: bytes, package: bytes, command: str
) -> None:
    folder = tmp_path_factory.mktemp("app")
    (folder / "Procfile").write_bytes(b"web: " + command.encode("utf-8", "replace") + b"\n" + procfile)
    (folder / "package.json").write_bytes(package)
    assert parse(starter(folder)).components


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" :#'\"-{}[]&*!|>%@"), min_size=1
    )
)
def test_scalars_are_read_back(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}   # comment\n") == {"a": text}


def test_guessing_needs_neither_pydantic_nor_yaml() -> None:
    code = "import sys, bluegreen.cli.starter; sys.exit(bool({'pydantic', 'yaml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
