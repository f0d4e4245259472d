"""The command line against a controller at a URL: TLS, a token, and the same commands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bluegreen.client import answers
from tests.cli.run import Ran, run
from tests.client.served import certify
from tests.client.test_answers import misfits
from tests.e2e.controller import Controller, Shop, free_port, wait_for

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")


@dataclass(frozen=True)
class Remote:
    controller: Controller
    url: str
    ca: Path
    folder: Path
    """Where commands are given; no home is there."""

    def token(self, name: str, *roles: str) -> str:
        grants = [{"role": role, "app": None} for role in roles]
        made = self.controller.client.create_token(name=name, grants=grants, lasts=3600)
        return str(made["token"])

    def __call__(self, *arguments: str, token: str = "", cwd: Path | None = None, **env: str) -> Ran:
        known = {"BLUEGREEN_URL": self.url, "BLUEGREEN_CA": str(self.ca), "HOME": str(self.folder), "CI": "true"}
        return run(*arguments, cwd=cwd or self.folder, env={**known, "BLUEGREEN_TOKEN": token, **env})


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    (tmp_path / "tls").mkdir()
    (tmp_path / "elsewhere").mkdir()
    cert, key = certify(tmp_path / "tls")
    controller, port = Controller(), free_port()
    shutil.copy(cert, controller.home / "tls.crt")
    shutil.copy(key, controller.home / "tls.key")
    (controller.home / "controller.yaml").write_text(
        f"listen: 127.0.0.1:{port}\ntls: {{cert: tls.crt, key: tls.key}}\n"
        f"channels: {{hook: {{webhook: 'http://127.0.0.1:{free_port()}', secret: whsec_{'a' * 32}}}}}\n"
    )
    (controller.home / "controller.yaml").chmod(0o600)
    try:
        controller.start()
        found = Remote(controller, f"https://127.0.0.1:{port}", cert, tmp_path / "elsewhere")
        wait_for(lambda: found("status", "--json").code == 3, "the listener answers")
        yield found
    finally:
        controller.close()


def test_the_same_commands_work_from_another_machine(remote: Remote, shop: Shop) -> None:
    token = remote.token("ci", "deployer")
    ran = remote("deploy", "-m", "from afar", "--json", token=token, cwd=shop.folder)
    assert ran.code == 0, ran.err
    first = json.loads(ran.out)
    assert (first["release"], first["result"], first["message"]) == ("r1", "completed", "from afar")
    assert "ci" in first["actor"]
    shop.next_release()
    ran = remote("deploy", token=token, cwd=shop.folder)
    assert ran.code == 0, ran.err
    assert "shop: r2 is live in green" in ran.out
    assert json.loads(remote("status", "--json", token=token).out)["live"] == "green"
    ran = remote("rollback", token=token)
    assert ran.out.startswith("back on r1 (blue)"), ran.err
    assert "r2" in remote("history", token=token).out
    assert remote("show", "1", token=token).code == 0
    assert "deployment 1" in remote("events", token=token).out
    assert remote("logs", token=token).code == 0
    assert remote("lock", "sale", token=token).code == 0
    refused = remote("deploy", token=token, cwd=shop.folder)
    assert refused.code == 3
    assert "sale" in refused.err
    assert remote("unlock", token=token).code == 0


def test_who_is_not_known_is_refused_and_nothing_is_started(remote: Remote, shop: Shop) -> None:
    for command in (("status",), ("rollback",), ("deploy", str(shop.folder))):
        ran = remote(*command, token="bg_wrong")
        assert ran.code == 3, (command, ran.err)
        assert "error: " in ran.err
    down = remote("deploy", cwd=shop.folder, BLUEGREEN_URL=f"https://127.0.0.1:{free_port()}")
    assert down.code == 5
    assert "cannot be reached" in down.err
    assert list(remote.folder.iterdir()) == []


def test_a_viewer_looks_and_changes_nothing(remote: Remote, shop: Shop) -> None:
    remote.controller.deploy(shop.folder)
    token = remote.token("kim", "viewer")
    assert remote("status", token=token).code == 0
    ran = remote("deploy", token=token, cwd=shop.folder)
    assert ran.code == 3
    assert "may not do that" in ran.err


def test_the_token_may_be_in_a_file_and_is_never_an_argument(remote: Remote, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(remote.token("ci", "viewer") + "\n")
    ran = run("--url", remote.url, "--ca", str(remote.ca), "--token-file", str(file), "status", cwd=remote.folder)
    assert "The controller has no application" in ran.err
    assert remote("--token", "x", "status").code == 2


def test_a_home_on_the_command_line_counts_more_than_a_url_of_the_environment(remote: Remote) -> None:
    home = ("--home", str(remote.controller.home))
    for arguments in ((*home, "status"), ("status", *home)):
        assert "The controller has no application" in remote(*arguments).err
    for arguments in (("--home", "/x", "status"), ("status", "--home", "/x")):
        ran = remote("--url", remote.url, *arguments)
        assert ran.code == 2
        assert "exclude each other" in ran.err


def test_relative_paths_of_certificates_are_refused_for_a_controller_elsewhere(remote: Remote, shop: Shop) -> None:
    shop.set(lambda file: file.update({"tls": {"cert": "tls.crt", "key": "tls.key"}}))
    ran = remote("deploy", token=remote.token("ci", "deployer"), cwd=shop.folder)
    assert ran.code == 2
    assert "controller elsewhere" in ran.err
    assert "absolute" in ran.err


def test_what_belongs_to_a_machine_says_so(remote: Remote) -> None:
    ran = remote("doctor", token=remote.token("ada", "admin"))
    assert ran.code == 2
    assert "own machine only" in ran.err


def test_access_and_messages_have_the_types_that_are_promised(remote: Remote) -> None:
    client = remote.controller.client
    made = client.create_token("ci", [{"role": "viewer", "app": None}], lasts=3600)
    assert list(misfits(made, answers.CreatedToken)) == []
    remote("status", token="bg_wrong")
    assert list(misfits(client.revoke_token(made["id"]), answers.Token)) == []
    for found, kind in (
        (client.tokens(), answers.Token),
        (client.audit(), answers.Attempt),
        (client.channels(), answers.Channel),
        (client.deliveries(), answers.Delivery),
    ):
        assert [misfit for one in found for misfit in misfits(one, kind)] == []
    test = client.test_channel("hook")
    assert list(misfits(test, answers.Delivery)) == []
    assert list(misfits(client.session_link(), answers.LoginLink)) == []
    assert [misfit for one in client.deliveries() for misfit in misfits(one, answers.Delivery)] == []


def test_a_script_deploys_and_follows(remote: Remote, shop: Shop) -> None:
    program = """
import os, pathlib
from bluegreen.client import Client
client = Client()
deploying = client.deploy(pathlib.Path("."), message="by a script")
kinds = [entry["event"]["kind"] for entry in deploying.follow()]
print(kinds[0], kinds[-1], deploying.wait()["result"], sep=",")
"""
    env = {
        "BLUEGREEN_URL": remote.url,
        "BLUEGREEN_CA": str(remote.ca),
        "BLUEGREEN_TOKEN": remote.token("ci", "deployer"),
    }
    done = subprocess.run([sys.executable, "-c", program], cwd=shop.folder, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "release created,deployment ended,completed", done.stderr
