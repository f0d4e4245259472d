"""The template for GitLab: its jobs by the rules for such files, and their scripts against a real controller."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import bluegreen
from tests.contrib.issuer import Issuer, issuing
from tests.contrib.jobs import AUDIENCE, Repository, controller_for, environment
from tests.docs.page import ROOT
from tests.e2e.controller import Controller, wait_for

FILE: dict[str, Any] = yaml.safe_load((ROOT / "contrib/gitlab/bluegreen.gitlab-ci.yml").read_text(encoding="utf-8"))
JOBS: dict[str, dict[str, Any]] = {name: one for name, one in FILE.items() if name != "variables"}
CLAIMS = {"project_id": "42", "project_path": "acme/shop", "ref": "main", "ref_type": "branch"}
CLAIMS |= {"pipeline_source": "push"}
KNOWN = {"extends", "stage", "image", "id_tokens", "rules", "before_script", "script", "after_script", "environment"}
JOB = str(os.getpid())
LOG = Path(f"/tmp/bluegreen-{JOB}.log")
KNOWN |= {"resource_group", "interruptible", "artifacts", "needs", "variables"}


def whole(name: str) -> dict[str, Any]:
    """A job with what it extends."""
    job = JOBS[name]
    return (whole(job["extends"]) if "extends" in job else {}) | job


def start(name: str, repository: Repository, issuer: Issuer, url: str, **more: str) -> subprocess.Popen[str]:
    """A job's script in a shell, as the service's runner starts it, without the installation before it."""
    job = whole(name)
    said = FILE["variables"] | job.get("variables", {})
    given = {"BLUEGREEN_URL": url, "BLUEGREEN_OIDC_AUDIENCE": AUDIENCE, **more}
    filled = {key: re.sub(r"\$(\w+)", lambda m: given.get(m[1], ""), value) for key, value in said.items()}
    token = {key: issuer.token(one["aud"].replace("$BLUEGREEN_OIDC_AUDIENCE", AUDIENCE)) for key, one in tokens(job)}
    env = environment(
        CI_COMMIT_TITLE="a title", CI_COMMIT_SHORT_SHA="0123abcd", CI_JOB_ID=JOB, **filled, **given, **token
    )
    return subprocess.Popen(
        ["sh", "-e", "-c", "\n".join(job["script"])],
        cwd=repository.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def tokens(job: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    yield from job.get("id_tokens", {}).items()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing(**CLAIMS) as found:
        yield found


@pytest.fixture(scope="module")
def controller(issuer: Issuer) -> Iterator[tuple[Controller, str]]:
    with controller_for(issuer, {**CLAIMS, "role": "deployer", "app": "shop"}) as found:
        yield found
    LOG.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


def test_it_keeps_to_the_rules_for_such_files() -> None:
    for name, job in JOBS.items():
        assert job.keys() <= KNOWN, name
        full = whole(name)
        assert re.fullmatch(r"python:3\.\d+-slim", full["image"]), "pin the image's version"
        assert full["id_tokens"]["BLUEGREEN_ID_TOKEN"]["aud"]
        assert all("merge_request" not in rule["if"] for rule in full["rules"]), "proposed code deploys nothing"
        assert all("$CI_DEFAULT_BRANCH" in rule["if"] for rule in full["rules"])
        if not name.startswith("."):
            assert full["script"]
    assert FILE["variables"]["BLUEGREEN_REQUIREMENT"] == f"bluegreen=={bluegreen.__version__}"
    assert "BLUEGREEN_TOKEN" not in FILE["variables"]


def test_deploy_and_rollback(repository: Repository, issuer: Issuer, controller: tuple[Controller, str]) -> None:
    for page in ("first", "second"):
        repository.commit(page, page)
        process = start("bluegreen-deploy", repository, issuer, controller[1])
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
        assert "is live in" in out
    told = dict(line.split("=", 1) for line in (repository.folder / "bluegreen.env").read_text().splitlines())
    assert told["BLUEGREEN_LIVE_URL"] == f"http://127.0.0.1:{repository.port}"
    assert told["BLUEGREEN_DEPLOYMENT"] == "2"
    assert controller[0].client.deployment("shop", 2)["message"] == "a title (0123abcd)"
    back = start("bluegreen-rollback", repository, issuer, controller[1])
    out, _ = back.communicate(timeout=60)
    assert back.returncode == 0, out
    assert "back on" in out


def test_a_release_that_fails_fails_the_job(
    repository: Repository, issuer: Issuer, controller: tuple[Controller, str]
) -> None:
    repository.commit("bad", "5")
    process = start("bluegreen-deploy", repository, issuer, controller[1])
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1, out
    assert "BLUEGREEN_LIVE_URL" not in (repository.folder / "bluegreen.env").read_text()


def test_approval_needs_an_approver_and_a_cancelled_job_aborts(
    repository: Repository, issuer: Issuer, controller: tuple[Controller, str]
) -> None:
    client = controller[0].client
    repository.commit("by hand", "three", approve="by hand")
    process = start("bluegreen-deploy", repository, issuer, controller[1])
    wait_for(lambda: (client.status("shop")["deployment"] or {}).get("phase") == "awaiting approval", "it waits")
    asked = start("bluegreen-approve", repository, issuer, controller[1], BLUEGREEN_APPROVER_TOKEN="")
    out, _ = asked.communicate(timeout=60)
    assert asked.returncode != 0, "a job's own token approved"
    made = client.create_token(name="grace", grants=[{"role": "approver", "app": "shop"}])
    asked = start("bluegreen-approve", repository, issuer, controller[1], BLUEGREEN_APPROVER_TOKEN=made["token"])
    out, _ = asked.communicate(timeout=60)
    assert asked.returncode == 0, out
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out

    repository.commit("by hand again", "four", approve="by hand")
    LOG.unlink()
    process = start("bluegreen-deploy", repository, issuer, controller[1])
    found = wait_for(lambda: client.status("shop")["deployment"], "it has begun")
    wait_for(lambda: LOG.exists() and "deployment" in LOG.read_text(), "the log says so")
    process.kill()
    process.wait()
    after = "\n".join(JOBS["bluegreen-deploy"]["after_script"])
    env = environment(
        BLUEGREEN_URL=controller[1],
        BLUEGREEN_OIDC_AUDIENCE=AUDIENCE,
        BLUEGREEN_ID_TOKEN=issuer.token(AUDIENCE),
        CI_JOB_STATUS="canceled",
        CI_JOB_ID=JOB,
    )
    subprocess.run(["sh", "-e", "-c", after], cwd=repository.folder, env=env, check=True, timeout=60)
    wait_for(lambda: client.deployment("shop", found["number"])["result"] == "aborted", "it is aborted")
