"""The Dockerfile, as far as it can be looked at without an engine: what it copies is there, and its rules are kept."""

from __future__ import annotations

import re

import pytest

from tests.docs.page import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its argument, continued lines joined."""
    code = "\n".join(line for line in TEXT.splitlines() if not line.startswith("#"))
    lines = [line.strip() for line in re.sub(r"\\\n", " ", code).splitlines() if line.strip()]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def test_only_instructions_that_there_are() -> None:
    assert {name for name, _ in instructions()} <= KNOWN


def test_two_stages_on_one_base_named_with_its_version() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)


def test_it_does_not_run_as_root() -> None:
    after = [rest for name, rest in instructions() if name == "USER"]
    assert after
    assert after[-1] not in ("root", "0")


@pytest.mark.parametrize("name", ["ENTRYPOINT", "CMD", "HEALTHCHECK"])
def test_what_is_run_is_run_without_a_shell(name: str) -> None:
    found = next(rest for each, rest in instructions() if each == name)
    assert found.endswith("]")


def test_what_the_build_needs_is_let_in() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / path).exists() for path in let_in)
    project = (ROOT / "pyproject.toml").read_text()
    for needed in ("src", "README.md", "LICENSE", "examples/assistant", "examples/shop"):
        assert needed in let_in
        assert needed.removeprefix("src") in project


def test_no_secret_and_no_state_is_let_in() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
