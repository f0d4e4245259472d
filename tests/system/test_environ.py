"""What everything that is run for a user begins with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bluegreen.system.environ import base_environment


@pytest.fixture
def in_venv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """We run in a virtual environment whose folder is also reached by a link."""
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "venv")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    return tmp_path


def test_only_the_users_and_the_machines_variables_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"HOME": "/home/ada", "LANG": "C.UTF-8", "LC_TIME": "de_DE.UTF-8", "TZ": "UTC", "TMPDIR": "/scratch"}
    dropped = {"VIRTUAL_ENV": "/x", "PYTHONPATH": "/x", "BLUEGREEN_HOME": "/x", "DATABASE_URL": "secret", "PORT": "1"}
    for name, value in (kept | dropped).items():
        monkeypatch.setenv(name, value)
    environment = base_environment()
    assert kept.items() <= environment.items()
    assert not dropped.keys() & environment.keys()


def test_the_path_leads_around_our_own_virtual_environment(monkeypatch: pytest.MonkeyPatch, in_venv: Path) -> None:
    own = [f"{in_venv}/venv/bin", f"{in_venv}/link/bin", f"{in_venv}/link/bin/"]
    monkeypatch.setenv("PATH", ":".join([*own, "/opt/tools/bin", "/usr/bin"]))
    assert base_environment()["PATH"] == "/opt/tools/bin:/usr/bin"
    monkeypatch.setenv("PATH", own[0])
    assert "/bin" in base_environment()["PATH"].split(":")


def test_outside_of_a_virtual_environment_the_path_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setenv("PATH", f"{sys.prefix}/bin:/usr/bin")
    assert base_environment()["PATH"] == f"{sys.prefix}/bin:/usr/bin"
