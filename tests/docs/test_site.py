"""The site of the documentation: it builds without a warning, and needs no other host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.docs.page import ROOT

FETCHED = {"src", "srcset", "data", "poster"}
CSS_FETCH = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", re.IGNORECASE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does, warnings being errors."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Fetched(HTMLParser):
    """What a browser fetches for a page, without a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.found += [has[name] for name in FETCHED if name in has]
        if tag == "link":
            self.found.append(has.get("href", ""))
        if "style" in has and CSS_FETCH.search(has["style"]):
            self.found.append(has["style"])


def pages(site: Path) -> Iterator[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 20
    return iter(found)


def test_nothing_is_fetched_from_another_host(site: Path) -> None:
    for page in pages(site):
        parser = Fetched()
        parser.feed(page.read_text(encoding="utf-8"))
        foreign = [what for what in parser.found if re.match(r"(?:[a-z]+:)?//", what)]
        assert not foreign, f"{page.name} fetches {foreign}"
    for style in site.rglob("*.css"):
        assert not CSS_FETCH.search(style.read_text(encoding="utf-8")), style.name


def test_every_page_of_the_repository_is_on_the_site(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / ("index.html" if name.name == "README.html" else name)).exists(), name


def test_our_marks_are_no_part_of_what_is_read(site: Path) -> None:
    for page in pages(site):
        text = page.read_text(encoding="utf-8")
        assert "```" not in re.sub(r"<code.*?</code>", "", text, flags=re.DOTALL), page.name


def test_search_finds_what_the_pages_say(site: Path) -> None:
    index = (site / "search/search_index.json").read_text(encoding="utf-8")
    for words in ("keep_releases", "confirmed route", "cannot tell"):
        assert words in index


def test_there_is_a_dark_and_a_light_one(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    assert 'data-md-color-media="(prefers-color-scheme: dark)"' in start
    assert 'data-md-color-media="(prefers-color-scheme: light)"' in start
