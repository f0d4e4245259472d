"""The reference says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.reference import file
from bluegreen.reference.blocks import names
from bluegreen.reference.pages import written
from tests.docs.page import ROOT

PAGES = written(ROOT / "docs")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_is_stale(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path], "run: make reference"


def test_every_mapping_of_the_file_has_its_table() -> None:
    by_hand = {"Check", "Guard", "Hooks"}  # their tables have other columns
    page = (ROOT / "docs/reference/file.md").read_text(encoding="utf-8")
    assert set(file.made(page)) - by_hand == set(names(page))
