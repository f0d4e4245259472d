"""`bluegreen router init`: what it prints is a configuration that the real program takes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bluegreen.core.router_specs import Haproxy
from tests.cli.run import run
from tests.routers.haproxy_setup import RunningHaproxy, needs_haproxy

FILE = """
app: my-shop
address: 0.0.0.0:8080
hosts: [shop.example.com, "*.shops.example.com"]
components:
  web: {run: "./web $PORT", receives: /, ready: {http: /healthz}}
  api: {run: "./api $PORT", receives: [/api, /v1/items], instances: 9, protocol: http2}
  cache: {run: "./cache $PORT", shared: true}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bluegreen.yaml").write_text(FILE)
    return tmp_path


def test_haproxy_takes_what_is_printed_for_it(folder: Path) -> None:
    needs_haproxy()
    proxy = RunningHaproxy(folder)
    proxy.configure([])
    named = {"haproxy": {"socket": proxy.spec.socket, "folder": proxy.spec.folder}}
    (folder / "bluegreen.yaml").write_text(f"{FILE}router: {json.dumps(named)}\n")
    ran = run("router", "init", "haproxy", cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    with proxy.config.open("a") as config:
        config.write(ran.out)
    checked = subprocess.run([proxy.binary, "-c", "-f", str(proxy.config)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "my-shop.green.api" in ran.out
    assert "server-template s 18 " in ran.out  # twice as many as instances: the next run comes beside
    assert "cache" not in ran.out


def test_a_file_that_names_no_router_gets_the_defaults_and_is_told(folder: Path) -> None:
    ran = run("router", "init", "haproxy", cwd=folder)
    assert ran.code == 0
    assert Haproxy().socket in ran.out
    assert "does not name it yet" in ran.err
    ran = run("router", "init", "command", "--json", cwd=folder)
    assert "./drain.sh" in json.loads(ran.out)["snippet"]


def test_an_unknown_kind_is_refused_with_those_that_there_are(folder: Path) -> None:
    ran = run("router", "init", "traefik", cwd=folder)
    assert ran.code != 0
    assert "haproxy" in ran.err


def test_doctor_tells_that_a_command_does_not_answer(folder: Path) -> None:
    commands = {"set": "true", "get": "echo no >&2; exit 4", "drain": "true"}
    (folder / "bluegreen.yaml").write_text(f"{FILE}router: {json.dumps({'command': commands})}\n")
    ran = run("--home", str(folder / "home"), "doctor", "--json", cwd=folder)
    (router,) = [found for found in json.loads(ran.out)["findings"] if found["subject"] == "router"]
    assert router["mark"] == "wrong"
    assert "exit 4" in router["what"]


@pytest.mark.parametrize(
    ("kind", "words"), [("nginx", "proxy_pass http://$bluegreen_my_shop;"), ("dns", "update-policy")]
)
def test_each_other_kind_prints_what_it_needs_without_being_named(folder: Path, kind: str, words: str) -> None:
    ran = run("router", "init", kind, cwd=folder)
    assert ran.code == 0
    assert words in ran.out
    assert "does not name it yet" in ran.err
