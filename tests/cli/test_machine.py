"""doctor, install, schema and init: what concerns the machine and not a controller."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.cli.examination import Finding, examine
from bluegreen.cli.install import unit
from bluegreen.client import Client
from tests.cli.recorded import Recorded, status
from tests.cli.run import Cli, run

FILE = "app: shop\naddress: {address}\ncomponents: {{web: {{run: ./web, receives: /}}}}\n"


def finding(subject: str, home: Path, folder: Path) -> Finding:
    (found,) = [f for f in examine(Client(home), folder) if f.subject == subject]
    return found


def test_this_machine_is_well(cli: Cli) -> None:
    ran = cli("doctor", "--json")
    assert ran.code == 0, ran.out
    found = json.loads(ran.out)
    assert found["well"]
    marks = {f["subject"]: f["mark"] for f in found["findings"]}
    assert marks["envoy"] == marks["home"] == marks["socket path"] == "well"
    assert marks["controller"] == "hint"
    assert "✓ envoy" in cli("doctor").out


def test_an_address_that_something_else_holds(home: Path, tmp_path: Path, cli: Cli) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        (tmp_path / "bluegreen.yaml").write_text(FILE.format(address=address))
        found = finding("address", home, tmp_path)
        assert found.mark == "wrong"
        assert str(os.getpid()) in found.what
        ran = cli("doctor")
        assert ran.code == 1
        assert "✗ address" in ran.out


def test_an_address_that_is_ours(home: Path, tmp_path: Path, controller: Recorded) -> None:
    (tmp_path / "bluegreen.yaml").write_text(FILE.format(address="127.0.0.1:8080"))
    controller.answers["GET /v1/apps"] = (200, {"apps": [status()]})
    assert "this home's proxy" in finding("address", home, tmp_path).what


def test_a_wrong_file(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bluegreen.yaml").write_text("app: shop\n")
    assert finding("bluegreen.yaml", home, tmp_path).mark == "wrong"


def test_what_is_allowed_but_seldom_meant(home: Path, tmp_path: Path) -> None:
    watch = "watch: {guards: [events: {name: purchase, per: visit}]}\n"
    (tmp_path / "bluegreen.yaml").write_text(FILE.format(address="127.0.0.1:8080") + watch)
    found = [f for f in examine(Client(home), tmp_path) if f.subject == "bluegreen.yaml"]
    assert [f.mark for f in found] == ["well", "hint", "hint"]
    assert "no checks" in found[1].what
    assert "only alerts" in found[2].what


def test_a_controller_of_another_version(home: Path, tmp_path: Path, controller: Recorded) -> None:
    controller.answers["GET /v1/controller"] = (200, {"version": "0.0.1", "pid": 7, "apps": []})
    found = finding("controller", home, tmp_path)
    assert found.mark == "hint"
    assert "bluegreen stop" in found.cure


def test_a_home_that_others_may_read(home: Path, tmp_path: Path) -> None:
    home.chmod(0o755)
    assert finding("home", home, tmp_path).mark == "hint"


def test_a_home_whose_path_is_too_long(tmp_path: Path) -> None:
    assert finding("socket path", tmp_path / ("x" * 100), tmp_path).mark == "wrong"


def test_the_unit_leaves_applications_alone() -> None:
    text = unit(Path("/srv/blue green"), "ada")
    assert "\nKillMode=process\n" in text
    assert "\nRestart=always\n" in text
    assert "\nUser=ada\n" in text
    assert f'\nExecStart={sys.executable} -m bluegreen serve --home "/srv/blue green"\n' in text
    assert "WantedBy=multi-user.target" in text
    assert "User=" not in unit(Path("/srv"), None)


def test_install_for_the_user(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli("install", "--user", "--print").out.startswith("# Written by")
    assert not (tmp_path / ".config").exists()
    ran = cli("install", "--user")
    file = tmp_path / ".config/systemd/user/bluegreen.service"
    assert ran.code == 0
    assert str(file) in ran.out
    assert "systemctl --user enable --now bluegreen.service" in ran.out
    assert f"--home {cli.home}" in file.read_text()
    assert cli("install", "--user").code == 0  # again, for a new version
    file.write_text("[Unit]\nDescription=mine\n")
    assert cli("install", "--user").code == 2


def test_install_under_sudo_is_for_who_called_it(tmp_path: Path) -> None:
    ran = run("install", "--system", "--print", cwd=tmp_path, env={"SUDO_USER": "nobody"})
    assert "\nUser=nobody\n" in ran.out
    assert f" --home {pwd.getpwnam('nobody').pw_dir}/.bluegreen\n" in ran.out


def test_schema_is_json_schema(cli: Cli) -> None:
    schema = json.loads(cli("schema").out)
    assert "components" in schema["properties"]


def test_init_touches_no_file_that_is_there(cli: Cli, tmp_path: Path) -> None:
    ran = cli("init", "--json")
    assert json.loads(ran.out)["file"] == str(tmp_path / "bluegreen.yaml")
    before = (tmp_path / "bluegreen.yaml").read_text()
    assert cli("init").code == 2
    assert (tmp_path / "bluegreen.yaml").read_text() == before
    assert cli("init", "nowhere").code == 2


def test_a_pipe_that_is_closed_is_no_error() -> None:
    command = f"{sys.executable} -m bluegreen schema | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""
