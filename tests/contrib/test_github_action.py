"""The action for GitHub: its file by the rules for such files, and its steps in a real shell against a real controller.

The service itself cannot be had here. What stands in for it does what its documentation says: it fills inputs in, runs
each step with `bash -e -o pipefail` in the repository, hands out OIDC tokens, and cancels with INT.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import bluegreen
from tests.contrib.issuer import Issuer, issuing
from tests.contrib.jobs import AUDIENCE, VENV, Repository, controller_for, environment
from tests.docs.page import ROOT
from tests.e2e.controller import Controller, wait_for

FOLDER = ROOT / "contrib/github-action"
ACTION: dict[str, Any] = yaml.safe_load((FOLDER / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
CLAIMS = {"repository_id": "7", "repository": "acme/shop", "ref": "refs/heads/main", "event_name": "push"}


class Runner:
    """Runs steps of the action in a repository, as a job would."""

    def __init__(self, folder: Path, repository: Repository, issuer: Issuer, url: str) -> None:
        self.temp = folder / "temp"
        self.temp.mkdir()
        (self.temp / "bluegreen").symlink_to(VENV)
        self.summary, self.output, self.path = (folder / name for name in ("summary", "output", "path"))
        for file in (self.summary, self.output, self.path):
            file.touch()
        self.inputs = {"url": url, "audience": AUDIENCE}
        self._repository = repository
        self._issuer = issuer

    def start(self, step: dict[str, Any]) -> subprocess.Popen[str]:
        given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()} | self.inputs
        filled = {k: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], v) for k, v in step["env"].items()}
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        env = environment(
            GITHUB_ACTION_PATH=str(FOLDER),
            GITHUB_STEP_SUMMARY=str(self.summary),
            GITHUB_OUTPUT=str(self.output),
            GITHUB_PATH=str(self.path),
            GITHUB_SHA="0123456789abcdef",
            RUNNER_TEMP=str(self.temp),
            ACTIONS_ID_TOKEN_REQUEST_URL=self._issuer.request_url,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="of-the-runner",
            **filled,
        )
        env["PATH"] = os.pathsep.join([*reversed(self.path.read_text().splitlines()), env["PATH"]])
        return subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self._repository.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def deploy(self, **inputs: str) -> tuple[int, str]:
        """Run all steps: the exit code of the last one, and what was printed."""
        self.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
        printed = ""
        code = 0
        for step in STEPS:
            process = self.start(step)
            out, _ = process.communicate(timeout=120)
            code, printed = process.returncode, printed + out
            if code:
                break
        return code, printed

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing(**CLAIMS) as found:
        yield found


@pytest.fixture(scope="module")
def controller(issuer: Issuer) -> Iterator[tuple[Controller, str]]:
    with controller_for(issuer, {**CLAIMS, "role": "deployer", "app": "shop"}) as found:
        yield found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def runner(tmp_path: Path, repository: Repository, issuer: Issuer, controller: tuple[Controller, str]) -> Runner:
    return Runner(tmp_path, repository, issuer, controller[1])


def test_it_keeps_to_the_rules_for_such_files() -> None:
    assert {"name", "description", "inputs", "outputs", "runs"} <= set(ACTION)
    assert ACTION["runs"]["using"] == "composite"
    for name, one in ACTION["inputs"].items():
        assert one["description"], name
        assert one.get("required") is True or isinstance(one["default"], str), name
    for step in STEPS:
        assert step.keys() <= {"name", "id", "shell", "env", "run", "uses"}
        assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"]), "pin actions by their commit"
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "what others write must not become part of a script: hand it over in `env`"
    for output in ACTION["outputs"].values():
        assert re.fullmatch(r"\$\{\{ steps\.deploy\.outputs\.[\w-]+ \}\}", output["value"])


def test_it_installs_the_version_that_it_comes_with() -> None:
    assert ACTION["inputs"]["requirement"]["default"] == f"bluegreen=={bluegreen.__version__}"


def test_the_workflow_that_is_documented_has_the_permissions() -> None:
    page = (ROOT / "docs/how-to/ci.md").read_text(encoding="utf-8")
    found = [yaml.safe_load(block) for block in re.findall(r"^```yml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)]
    workflow = next(one for one in found if "jobs" in one)
    assert workflow["permissions"] == {"id-token": "write", "contents": "read"}
    steps = workflow["jobs"]["deploy"]["steps"]
    used = next(step for step in steps if "github-action" in step.get("uses", ""))
    assert used["with"].keys() <= ACTION["inputs"].keys()
    needed = {name for name, one in ACTION["inputs"].items() if one.get("required")}
    assert needed <= used["with"].keys()


def test_install_puts_the_client_on_the_path(tmp_path: Path, runner: Runner) -> None:
    (runner.temp / "bluegreen").unlink()
    wheel = tmp_path / "bluegreen-9.0-py3-none-any.whl"
    info = "bluegreen-9.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("stand_in.py", "def main():\n    print('bluegreen 9.0')\n")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: bluegreen\nVersion: 9.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/entry_points.txt", "[console_scripts]\nbluegreen = stand_in:main\n")
        file.writestr(f"{info}/RECORD", "")
    runner.inputs["requirement"] = str(wheel)
    process = runner.start(STEPS[0])
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert "bluegreen 9.0" in out
    assert runner.path.read_text().strip() == str(runner.temp / "bluegreen/bin")


def test_a_release_goes_live(runner: Runner, repository: Repository, controller: tuple[Controller, str]) -> None:
    repository.commit("a page | with `marks` and $(more)", "two")
    code, printed = runner.deploy()
    assert code == 0, printed
    assert "switching" in printed
    found = runner.outputs()
    assert found["app"] == "shop"
    assert found["result"] == "completed"
    assert found["url"] == f"http://127.0.0.1:{repository.port}"
    number = int(found["deployment"])
    assert found["release"] == controller[0].client.deployment("shop", number)["release"]
    d = controller[0].client.deployment("shop", number)
    assert d["message"].startswith("a page | with `marks` and $(more) (")
    assert "acme/shop" in d["actor"]
    assert "| switch |" in runner.summary.read_text()
    assert f"{found['release']}: completed" in runner.summary.read_text()


def test_a_release_that_fails_its_checks_fails_the_job(runner: Runner, repository: Repository) -> None:
    repository.commit("a bad one", "<script>3")
    code, printed = runner.deploy(message="on purpose")
    assert code == 1
    assert runner.outputs()["result"] == "failed"
    assert "::error title=bluegreen::shop failed. Users saw nothing" in printed
    assert "<script>3" not in runner.summary.read_text(), "what an application answers is no part of the page"
    repository.commit("a good one", "four")


def test_a_job_that_no_rule_lets_in_is_told_why(runner: Runner, issuer: Issuer) -> None:
    issuer.claims = {**CLAIMS, "ref": "refs/heads/other"}
    try:
        code, printed = runner.deploy()
    finally:
        issuer.claims = CLAIMS
    assert code != 0
    assert "refs/heads/other" in printed
    assert runner.outputs()["deployment"] == ""
    assert runner.summary.read_text()


@pytest.mark.parametrize(("on_cancel", "result"), [("abort", "aborted"), ("leave", None)])
def test_a_cancelled_job(
    on_cancel: str, result: str | None, runner: Runner, repository: Repository, controller: tuple[Controller, str]
) -> None:
    repository.commit(f"for a person, {on_cancel}", on_cancel, approve="by hand")
    client = controller[0].client
    runner.inputs["on-cancel"] = on_cancel
    process = runner.start(STEPS[1])
    wait_for(lambda: (client.status("shop")["deployment"] or {}).get("phase") == "awaiting approval", "it waits")
    number = client.status("shop")["deployment"]["number"]
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert runner.outputs()["deployment"] == str(number)
    if result:
        wait_for(lambda: client.deployment("shop", number)["result"] == result, "it is aborted")
    else:
        assert client.deployment("shop", number)["result"] is None
        client.abort("shop", number)
        wait_for(lambda: client.deployment("shop", number)["result"], "it ends")
