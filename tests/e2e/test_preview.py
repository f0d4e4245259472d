"""What `bluegreen preview` tells leads to the idle environment; users get the live one."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from tests.cli.run import run
from tests.e2e.controller import Controller, Json, wait_for
from tests.e2e.program import Program


def release(url: str, **headers: str) -> str | None:
    """Which release answers; None: nothing is there."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            found: str = answer.headers["x-release"]
            return found
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return None


def told(controller: Controller, folder: Path) -> Json:
    ran = run("--home", str(controller.home), "preview", "--json", cwd=folder)
    assert ran.code == 0, ran.err
    found: Json = json.loads(ran.out)
    return found


def test_both_ways_lead_to_the_idle_release(controller: Controller, tmp_path: Path) -> None:
    program = Program(tmp_path / "shop", "shop")
    controller.deploy(program.folder)
    first = told(controller, program.folder)
    assert (first["release"], first["ready"], release(first["url"])) == (None, False, None)

    file = program.folder / "bluegreen.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"approve": "by hand"}))
    number = controller.send(program.folder)["deployment"]
    controller.phase("awaiting approval")
    found = told(controller, program.folder)
    assert (found["release"], found["ready"]) == ("r2", True)
    assert found["header"] == first["header"]
    key = {found["header"]["name"]: found["header"]["value"]}
    assert release(found["url"]) == "r2"
    assert release(found["public_url"]) == "r1"
    assert release(found["public_url"], **key) == "r2"
    wrong = {found["header"]["name"]: found["header"]["value"][:-1]}
    assert release(found["public_url"], **wrong) == "r1"

    controller.client.approve("shop", number)
    assert controller.ended(number)["result"] == "completed"
    found = told(controller, program.folder)
    assert (found["release"], found["state"]) == ("r1", "standby")
    assert release(found["public_url"]) == "r2"
    assert release(found["public_url"], **key) == "r1"

    controller.client.rollback("shop", None)
    assert release(found["public_url"]) == "r1"
    wait_for(lambda: release(found["public_url"], **key) == "r2", "what was taken back can be looked at", 20)
    assert release(found["public_url"]) == "r1"
