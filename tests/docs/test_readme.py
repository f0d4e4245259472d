"""What the pages say is true: their tested commands run and print what is shown, their links lead somewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bluegreen.config import parse
from bluegreen.config.controller import parse_settings
from tests.docs.page import ROOT, anchors, blocks, links, pages
from tests.docs.session import run, same

RUN = ["README.md", "docs/tutorial.md", "docs/tutorial-team.md"]
ENVIRON = {"SLACK_URL": "slack://a/b/c", "MAIL_PASSWORD": "secret", "HOOK_SECRET": "whsec_" + "a" * 32}
HOW_TO = sorted((ROOT / "docs/how-to").glob("*.md"))


@pytest.mark.parametrize("name", RUN)
def test_commands_run_and_print_what_is_shown(name: str, tmp_path: Path) -> None:
    assert shutil.which("curl"), "the pages use curl: install it"
    tested = blocks((ROOT / name).read_text(encoding="utf-8"))
    assert tested, f"{name} has no block fenced as `sh tested`"
    for block, printed in zip(tested, run(tested, tmp_path), strict=True):
        there = {same(line) for line in printed.splitlines()}
        for line in block.shown:
            assert same(line) in there, f"{name} shows\n{line}\nbut this was printed:\n{printed}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{link}: there is no such heading"


def test_make_targets_exist() -> None:
    rules = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in pages():
        for target in re.findall(r"^make (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert target in rules, f"{page.name}: make {target}"


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index.read_text(encoding="utf-8"))}
    missing = [page for page in (ROOT / "docs").rglob("*.md") if page != index and page not in linked]
    assert not missing


def whole(example: str) -> str:
    """The example of a page, with what a file needs besides."""
    keys = set(re.findall(r"^(\w+):", example, re.MULTILINE))
    web, llm = "web: {run: ./web, receives: /}", "llm: {run: ./llm --port $PORT, shared: true}"
    needed = {"app": "shop", "address": "8080", "components": f"{{{web}, {llm}}}"}
    return "".join(f"{key}: {value}\n" for key, value in needed.items() if key not in keys) + example


@pytest.mark.parametrize("page", [ROOT / "README.md", *HOW_TO], ids=lambda page: page.name)
def test_yaml_examples_are_right(page: Path, tmp_path: Path) -> None:
    for example in re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        if re.match(r"(url|channels|listen|oidc):", example):
            assert parse_settings(example, home=tmp_path, environ=ENVIRON)
        else:
            assert parse(whole(example), folder=tmp_path).components
